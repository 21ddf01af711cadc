import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { registerMagic } from "./registry.ts";

/** What can be told of a magic to another thread: everything but its functions. */
export type MagicHead = Pick<Magic, "name" | "aliases" | "kinds" | "summary" | "usage" | "bodyIsCode">;

/**
 * Makes a user's magic known to this thread.
 * @returns what the thread that reads the cells must know of it
 * @throws MagicError saying what a magic lacks
 */
export function registerUserMagic(magic: Magic): MagicHead {
  const lacks = whatLacks(magic);
  if (lacks) throw new MagicError(`A magic cannot be registered: ${lacks}`);
  const { name, aliases, kinds, summary = "", usage = "", bodyIsCode } = magic;
  const complete: Magic = {
    ...magic,
    summary,
    usage: usage || `${kinds.includes("cell") ? "%%" : "%"}${name}\n\n${summary}`,
  };
  complete.run = (call, session) => runUserMagic(magic, call, session);
  for (const method of ["expressions", "declares", "completions"] as const) delete complete[method];
  registerMagic(complete);
  return structuredClone({ name, aliases, kinds, summary, usage: complete.usage, bodyIsCode });
}

/** Makes the head of a user's magic known to the thread that reads the cells; it runs elsewhere. */
export function registerHead(head: MagicHead): void {
  registerMagic({
    ...head,
    run() {
      throw new Error(`%${head.name} runs where the cells run.`);
    },
  });
}

/** The cell was read without the magic's functions: what they ask for is done here, with the same outcome. */
async function runUserMagic(
  magic: Magic,
  call: Parameters<Magic["run"]>[0],
  session: Parameters<Magic["run"]>[1],
): Promise<unknown> {
  const values = { ...call.values };
  for (const [key, code] of Object.entries(magic.expressions?.(call.line) ?? {})) {
    values[key] = await session.evaluate(`(${code})`);
  }
  const value = await magic.run({ ...call, values }, session);
  const target = call.kind === "cell" ? magic.declares?.(call.line) : undefined;
  if (target === undefined) return value;
  Reflect.set(globalThis, target, value);
  return undefined;
}

function whatLacks(magic: Magic): string | undefined {
  if (typeof magic !== "object" || magic === null)
    return "it must be an object with name, kinds and run(call, session).";
  const { name, kinds, run } = magic as Partial<Magic>;
  if (typeof name !== "string" || !/^[A-Za-z_][\w.-]*$/.test(name))
    return `its name must be a word; it is ${JSON.stringify(name)}.`;
  if (!Array.isArray(kinds) || kinds.length === 0 || kinds.some((kind) => kind !== "line" && kind !== "cell")) {
    return `kinds of ${name} must be ["line"], ["cell"] or ["line", "cell"].`;
  }
  return typeof run === "function" ? undefined : `${name} has no function run(call, session).`;
}
