import type { Message } from "../kernel/wire.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { CellTimeoutError, KernelClient } from "./kernel-client.ts";
import { ownLaunch } from "../kernelspec/kernel-process.ts";

export const execHelp = `Usage: fused-kernel exec 'CODE' [--timeout SECONDS]

Runs CODE as a cell in this folder and prints what it prints and the value it ends in. Magics work too.

  fused-kernel exec '(await fused.load("./my_udf")).run({ n: 3 })'
  fused-kernel exec '%lsmagic'`;

/** `fused-kernel exec`: one cell from the shell. @returns 0, or 1 where the cell failed */
export async function execCommand(words: string[]): Promise<number> {
  const { values, positionals } = parseArguments(words, { timeout: { type: "string" } }, ["CODE"]);
  const timeout = values.timeout === undefined ? 0 : Number(values.timeout);
  if (!(timeout >= 0)) throw new UsageError(`--timeout takes seconds, not ${values.timeout}`);
  // What is written into a file or another program is text without colours.
  const kernel = await KernelClient.start(ownLaunch(process.cwd(), process.stdout.isTTY ? {} : { NO_COLOR: "1" }));
  const stop = () => void kernel.interrupt().catch(() => undefined);
  process.on("SIGINT", stop);
  try {
    kernel.onOutput = print;
    const { content } = await kernel.execute(positionals[0]!, { timeoutMs: timeout * 1000 });
    // What a front end shows in its pager: the answer to `name?`.
    for (const { source, data } of (content.payload ?? []) as { source: string; data?: Record<string, string> }[]) {
      if (source === "page") console.log(data?.["text/plain"] ?? "");
    }
    return content.status === "ok" ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CellTimeoutError)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    process.off("SIGINT", stop);
    await kernel.shutdown();
  }
}

function print({ header, content }: Message): void {
  if (header.msg_type === "stream") {
    (content.name === "stderr" ? process.stderr : process.stdout).write(String(content.text));
  } else if (header.msg_type === "execute_result" || header.msg_type === "display_data") {
    console.log(
      (content.data as Record<string, unknown>)["text/plain"] ?? Object.keys(content.data as object).join(", "),
    );
  } else if (header.msg_type === "error") {
    console.error((content.traceback as string[]).join("\n"));
  }
}
