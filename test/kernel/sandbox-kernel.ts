import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Message } from "../../kernel/wire.ts";
import { createHeader } from "../../kernel/iopub.ts";
import { encodeMessage } from "../../kernel/wire.ts";
import { ownLaunch } from "../../kernelspec/kernel-process.ts";
import { openRawKernel } from "./raw-kernel.ts";
import { waitFor } from "../wait-for.ts";

export interface SandboxSaid {
  status: string;
  stdout: string;
  stderr: string;
  /** `data` of the cell's value, and its `text/plain`. */
  value: Record<string, unknown>;
  result: string | undefined;
  displays: Record<string, unknown>[];
  error: string;
  /** What the person at the front end was asked. */
  prompts: string[];
  reply: Record<string, unknown>;
}

/** Answers a prompt; undefined: this front end takes no input. */
export type Person = ((prompt: string) => string) | undefined;

/** A sandboxed kernel with a person at its front end. */
export async function openSandboxKernel(options: { flags?: string[]; env?: Record<string, string> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fused-test-"));
  const env = {
    FUSED_HISTORY_FILE: join(folder, "history.jsonl"),
    FUSED_CACHE_DIRECTORY: join(folder, "cache"),
    ...options.env,
  };
  const raw = await openRawKernel({ launch: ownLaunch(folder, env, ["--sandbox", ...(options.flags ?? [])]) });
  after(() => raw.close());
  const heard: Message[] = [];
  let person: Person;
  const prompts: string[] = [];
  raw.listeners.heard = ({ message }) => {
    heard.push(message);
    if (message.header.msg_type !== "input_request" || !person) return;
    const prompt = String(message.content.prompt);
    prompts.push(prompt);
    raw.queues.stdin.send(
      encodeMessage(raw.info.key, {
        identities: [],
        header: createHeader("input_reply", "raw"),
        parent_header: message.header,
        metadata: {},
        content: { value: person(prompt) },
        buffers: [],
      }),
    );
  };
  // Output before the subscription stands would be lost.
  await raw.ask("kernel_info_request", {}, "shell", 60_000).reply;
  const isSubscribed = async () => {
    await raw.ask("kernel_info_request", {}, "shell", 60_000).reply;
    return heard.some(({ header }) => header.msg_type === "status");
  };
  await waitFor("a first status", isSubscribed, { every: 50 });

  const run = async (code: string, who?: Person, milliseconds = 60_000): Promise<SandboxSaid> => {
    person = who;
    prompts.length = 0;
    const asked = raw.execute(code, { allow_stdin: who !== undefined }, milliseconds);
    await asked.idle;
    const isReply = ({ header, parent_header }: Message) =>
      header.msg_type === "execute_reply" && parent_header.msg_id === asked.id;
    await waitFor("the reply", () => heard.some(isReply), { every: 2 });
    const mine = heard.filter((message) => message.parent_header.msg_id === asked.id);
    const of = (type: string) => mine.filter(({ header }) => header.msg_type === type).map(({ content }) => content);
    const text = (name: string) =>
      of("stream")
        .map((each) => (each.name === name ? String(each.text) : ""))
        .join("");
    const value = (of("execute_result")[0]?.data ?? {}) as Record<string, unknown>;
    const reply = of("execute_reply")[0]!;
    return {
      status: String(reply.status),
      stdout: text("stdout"),
      stderr: text("stderr"),
      value,
      result: value["text/plain"] as string | undefined,
      displays: [...of("display_data"), ...of("update_display_data")].map(
        ({ data }) => data as Record<string, unknown>,
      ),
      error: ((of("error")[0]?.traceback ?? []) as string[]).join("\n"),
      prompts: [...prompts],
      reply,
    };
  };
  const interrupted = async (code: string, when = 300): Promise<SandboxSaid> => {
    const before = heard.length;
    const running = run(code);
    const hasBegun = ({ content }: Message) => content.execution_state === "busy";
    await waitFor("the cell", () => heard.slice(before).some(hasBegun), { every: 1 });
    await new Promise((wait) => setTimeout(wait, when));
    raw.ask("interrupt_request", {}, "control");
    return running;
  };
  /** Waits for output that comes when its cell has ended. */
  const output = async (pattern: RegExp): Promise<string> => {
    for (const until = Date.now() + 30_000; Date.now() < until; await new Promise((wait) => setTimeout(wait, 20))) {
      const all = heard.filter(({ header }) => header.msg_type === "stream").map(({ content }) => String(content.text));
      if (pattern.test(all.join(""))) return all.join("");
    }
    throw new Error(`nothing like ${pattern} was printed`);
  };
  return { run, interrupted, output, raw, heard, folder };
}
