/** Beside the isolate's heap: Node, the SDK, and values on their way. */
const hostMb = 512;
const each = 250;

/**
 * Ends a session whose process takes more than its isolate may: memory of WebAssembly and of strings that are on their way
 * counts for nobody's heap.
 */
export function watchMemory(isolateMb: number, tooMuch: () => void): void {
  const most = (isolateMb + hostMb) * 2 ** 20;
  setInterval(() => {
    if (process.memoryUsage.rss() > most) tooMuch();
  }, each).unref();
}
