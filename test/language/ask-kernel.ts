import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import { createConnectionFile } from "../../kernel/create-connection-file.ts";
import { ownLaunch, spawnKernel } from "../../kernelspec/kernel-process.ts";
import { channelAddress } from "../../kernel/connection-file.ts";
import { toCodePoints } from "../../kernel/cursor-position.ts";
import { createHeader } from "../../kernel/iopub.ts";
import { decodeMessage, encodeMessage, type Message } from "../../kernel/wire.ts";

export interface Completed {
  matches: string[];
  /** The text that the matches replace. */
  replaced: string;
  types: { start: number; end: number; text: string; type: string; signature?: string }[];
  milliseconds: number;
}

export interface Inspected {
  found: boolean;
  plain: string;
  markdown: string;
  milliseconds: number;
}

/** A kernel of our own that is asked what front ends ask while one types. In `code` a `|` marks the cursor. */
export async function openKernel(env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "fused-language-"));
  const file = await createConnectionFile("fused-ts");
  const { info } = file;
  const kernel = await spawnKernel(ownLaunch(cwd, env), file.path);
  const shell = new Dealer({ linger: 0, routingId: "language" });
  const iopub = new Subscriber({ linger: 0 });
  shell.connect(channelAddress(info, info.shell_port));
  iopub.connect(channelAddress(info, info.iopub_port));
  iopub.subscribe();
  const published: Message[] = [];
  const waiting = new Map<string, (reply: Message) => void>();
  void (async () => {
    for await (const frames of iopub) published.push(decodeMessage(info.key, frames));
  })().catch(() => {});
  void (async () => {
    for await (const frames of shell) {
      const reply = decodeMessage(info.key, frames);
      waiting.get(reply.parent_header.msg_id ?? "")?.(reply);
    }
  })().catch(() => {});
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    kernel.signal("SIGKILL");
    shell.close();
    iopub.close();
    file.remove();
  };
  after(close);

  const ask = async (type: string, content: Record<string, unknown>) => {
    const header = createHeader(type, "test");
    const reply = new Promise<Message>((resolve) => waiting.set(header.msg_id, resolve));
    await shell.send(
      encodeMessage(info.key, { identities: [], header, parent_header: {}, metadata: {}, content, buffers: [] }),
    );
    return { reply: await reply, id: header.msg_id };
  };
  const cursorOf = (code: string) => {
    const at = code.indexOf("|");
    const text = at < 0 ? code : code.slice(0, at) + code.slice(at + 1);
    return { code: text, cursor_pos: toCodePoints(text, at < 0 ? text.length : at) };
  };

  /** Runs a cell. What it wrote to stderr, also after its end, comes from `stderr`. */
  const run = async (code: string) => {
    const { reply, id } = await ask("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
    });
    const stderr = () =>
      published
        .filter(
          ({ header, parent_header, content }) =>
            header.msg_type === "stream" && parent_header.msg_id === id && content.name === "stderr",
        )
        .map(({ content }) => String(content.text))
        .join("");
    return { status: String(reply.content.status), reply: reply.content, stderr };
  };
  const complete = async (marked: string): Promise<Completed> => {
    const request = cursorOf(marked);
    const start = performance.now();
    const { content } = (await ask("complete_request", request)).reply;
    const milliseconds = performance.now() - start;
    const { matches, cursor_start, cursor_end, metadata } = content as unknown as {
      matches: string[];
      cursor_start: number;
      cursor_end: number;
      metadata: { _jupyter_types_experimental?: Completed["types"] };
    };
    const replaced = [...request.code].slice(cursor_start, cursor_end).join("");
    return { matches, replaced, types: metadata._jupyter_types_experimental ?? [], milliseconds };
  };
  const inspect = async (marked: string, detail_level = 0): Promise<Inspected> => {
    const start = performance.now();
    const { content } = (await ask("inspect_request", { ...cursorOf(marked), detail_level })).reply;
    const data = content.data as Record<string, string>;
    const milliseconds = performance.now() - start;
    return {
      found: content.found === true,
      plain: data["text/plain"] ?? "",
      markdown: data["text/markdown"] ?? "",
      milliseconds,
    };
  };
  /** Waits until the language server answers: completions then know types. */
  const warm = async () => {
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      const { matches } = await complete("const warm = { up: 1 };\nwarm.|");
      if (matches.includes("up")) return;
      await sleep(25);
    }
    throw new Error("the language server did not start");
  };
  return { pid: kernel.pid, cwd, run, complete, inspect, warm, close };
}

/** Waits until something holds. */
export async function until<T>(
  find: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  milliseconds = 60_000,
): Promise<T> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(10)) {
    const found = await find();
    if (found) return found;
  }
  throw new Error(`no ${what} within ${milliseconds} ms`);
}
