import type { RunOptions } from "../fused/run-options.ts";
import type { MagicArguments } from "./arguments.ts";
import { MagicError } from "./magic.ts";

/** Flags of every magic that runs a UDF. */
export const runFlags = { engine: "local", timeout: "SECONDS", "cache-max-age": "10m", files: "FOLDER" } as const;

/** The run options that these flags stand for. */
export function readRunFlags(magic: string, flags: MagicArguments["flags"]): RunOptions {
  const { engine, timeout, files } = flags;
  const age = flags["cache-max-age"];
  return {
    ...(engine !== undefined && { engine: String(engine) }),
    ...(timeout !== undefined && { timeout: readCount(magic, "timeout", timeout, 0) }),
    ...(age !== undefined && { cacheMaxAge: readAge(String(age)) }),
    ...(files !== undefined && { files: String(files).split(",") }),
  };
}

/** A number from a flag's text. @throws MagicError for what is none, or below `least` */
export function readCount(magic: string, flag: string, text: string | true, least: number): number {
  const number = text === true || text.trim() === "" ? NaN : Number(text);
  if (number >= least && Number.isFinite(number)) return number;
  throw new MagicError(`${magic}: --${flag} takes a number, ${least} or more; what came is ${JSON.stringify(text)}.`);
}

/** `60` is seconds; everything else is told by the SDK. */
export function readAge(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}
