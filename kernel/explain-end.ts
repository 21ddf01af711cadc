/** Why a session ended, in a sentence, from how its process ended and the last it wrote to stderr. */
export function explainEnd(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  if (/heap out of memory|Allocation failed|invalid array length Allocation failed/i.test(stderr)) {
    return "The session ran out of memory.";
  }
  if (signal === "SIGKILL") return "The session was killed (SIGKILL), perhaps by the system because memory ran out.";
  if (signal) {
    const native = signal === "SIGSEGV" || signal === "SIGBUS" || signal === "SIGILL" || signal === "SIGABRT";
    return `The session ended with ${signal}${native ? ": native code crashed" : ""}.`;
  }
  return code === 0 ? "The cell ended the session's process." : `The session's process exited with code ${code}.`;
}
