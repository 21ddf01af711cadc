import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { KernelClient } from "../../cli/kernel-client.ts";
import { ownLaunch } from "../../kernelspec/kernel-process.ts";
import type { Message } from "../../kernel/wire.ts";
import { waitFor } from "../wait-for.ts";

export interface Said {
  status: string;
  /** Text of stdout, of stderr. */
  stdout: string;
  stderr: string;
  /** `text/plain` of the cell's value. */
  result: string | undefined;
  /** `data` of everything shown. */
  displays: Record<string, unknown>[];
  /** The traceback as one text, of a cell that failed. */
  error: string;
  reply: Record<string, unknown>;
  messages: Message[];
}

/** A kernel of our own in a folder of its own, ended when the test file is done. */
export async function openTestKernel(options: { cwd?: string; env?: Record<string, string> } = {}) {
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), "fused-test-"));
  const client = await KernelClient.start(
    ownLaunch(cwd, {
      FUSED_HISTORY_FILE: join(cwd, "history.jsonl"),
      FUSED_CACHE_DIRECTORY: join(cwd, "cache"),
      // Whoever runs the tests may be logged in.
      FUSED_CREDENTIALS_FILE: join(cwd, "credentials"),
      ...options.env,
    }),
  );
  const heard: Message[] = [];
  client.onOutput = (message) => heard.push(message);
  after(() => client.shutdown());
  let ids = 0;

  const run = async (code: string): Promise<Said> => {
    const id = `cell-${++ids}-${process.pid}`;
    const { content } = await client.execute(code, { id });
    return said(
      content,
      heard.filter((message) => message.parent_header.msg_id === id),
    );
  };
  /** Runs a cell and interrupts it some milliseconds after the kernel has begun with it. */
  const interrupted = async (code: string, after = 200): Promise<Said & { milliseconds: number }> => {
    const running = run(code);
    const id = `cell-${ids}-${process.pid}`;
    await waitFor("the cell", () => heard.some((message) => message.parent_header.msg_id === id), { every: 2 });
    await new Promise((wait) => setTimeout(wait, after));
    const start = performance.now();
    void client.interrupt();
    return { ...(await running), milliseconds: performance.now() - start };
  };
  return { client, cwd, run, interrupted, heard };
}

function said(reply: Record<string, unknown>, messages: Message[]): Said {
  const of = (type: string) => messages.filter(({ header }) => header.msg_type === type).map(({ content }) => content);
  const text = (name: string) =>
    of("stream")
      .filter((each) => each.name === name)
      .map((each) => each.text)
      .join("");
  const result = of("execute_result")[0]?.data as Record<string, string> | undefined;
  const error = of("error")[0]?.traceback as string[] | undefined;
  return {
    status: String(reply.status),
    stdout: text("stdout"),
    stderr: text("stderr"),
    result: result?.["text/plain"],
    displays: [...of("display_data"), ...of("update_display_data")].map(({ data }) => data as Record<string, unknown>),
    error: error?.join("\n") ?? "",
    reply,
    messages,
  };
}
