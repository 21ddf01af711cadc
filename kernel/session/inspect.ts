import { findMagic } from "../../magics/registry.ts";
import type { Evaluator } from "./evaluate.ts";

/** `inspect_request`: what is known of the name at the cursor, from the live object. */
export async function inspectName(
  code: string,
  cursor: number,
  detail: number,
  evaluator: Evaluator,
): Promise<Record<string, unknown>> {
  const notFound = { status: "ok", found: false, data: {}, metadata: {} };
  const magicName = /^\s*%{1,2}([A-Za-z_][\w.-]*)/.exec(code)?.[1];
  const magic = magicName ? findMagic(magicName) : undefined;
  if (magic) return found(`${magic.summary}\n\n${magic.usage}`);
  const start = /[\w$.]*$/.exec(code.slice(0, cursor))![0];
  const name = (start + /^[\w$]*/.exec(code.slice(cursor))![0]).replace(/^\.|\.$/g, "");
  if (!/^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(name)) return notFound;
  const value = await evaluator.peek(name);
  if (!value) return notFound;
  return found(describe(name, value, detail));
}

function describe(
  name: string,
  value: { type: string; subtype?: string; value?: unknown; unserializableValue?: string; description?: string },
  detail: number,
): string {
  const type = value.subtype ?? value.type;
  const text = value.description ?? value.unserializableValue ?? JSON.stringify(value.value) ?? "undefined";
  if (value.type === "function") {
    const signature = /^(?:async )?(?:function\*?|class)?[^{]*?(?=\{|=>)/.exec(text)?.[0]?.trim() ?? text.split("\n")[0]!;
    return detail > 0 ? `${name}: ${signature}\n\n${text}` : `${name}: ${signature}`;
  }
  return `${name}: ${type}\n${text.length > 2000 ? `${text.slice(0, 2000)}…` : text}`;
}

const found = (text: string) => ({ status: "ok", found: true, data: { "text/plain": text }, metadata: {} });
