import { sizeNames, type SizeName } from "../service/jobs/instance-sizes.ts";
import { UsageError } from "./arguments.ts";

/** A whole number of an option. @throws UsageError */
export function numberOf(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option} ${text}: a whole number from ${least} to ${most}`);
}

/** An address of an option, without a query. @throws UsageError */
export function urlOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username) return text;
  throw new UsageError(`${option} ${text}: an http or https address without a query`);
}

/** The URL of a Postgres, of an option or of FUSED_DATABASE_URL. It may hold a password, and is not repeated. @throws UsageError */
export function databaseUrlOf(option: string | undefined): string | undefined {
  const text = option ?? process.env["FUSED_DATABASE_URL"];
  if (text === undefined || (text === "" && option === undefined)) return undefined;
  if (/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  const place = option === undefined ? "FUSED_DATABASE_URL" : "--database-url";
  throw new UsageError(`${place}: an address such as postgres://user:password@host:5432/database`);
}

const units: Record<string, number> = { "": 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** A number of bytes, `500M`. @throws UsageError */
export function bytesOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)([KMGT]?)B?$/i.exec(text);
  if (match && Number(match[1]) > 0) return Number(match[1]) * units[match[2]!.toUpperCase()]!;
  throw new UsageError(`${option} ${text}: a number of bytes, such as 500M or 20G`);
}

/** Kinds of batch jobs: `small,medium`, or `none`. @throws UsageError */
export function sizesOf(option: string, text: string | undefined): SizeName[] | undefined {
  if (text === undefined) return undefined;
  if (text === "none") return [];
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => (sizeNames as string[]).includes(name))) return [...new Set(names)] as SizeName[];
  throw new UsageError(`${option} ${text}: sizes of jobs, ${sizeNames.join(",")}, or none`);
}

/** The keys of the environment: `FUSED_SERVICE_KEY`, and those before it in `FUSED_SERVICE_PREVIOUS_KEY`. @throws UsageError */
export function serviceKeys(): { masterKey?: Buffer; previousMasterKeys?: Buffer[] } {
  const key = process.env["FUSED_SERVICE_KEY"];
  const previous = process.env["FUSED_SERVICE_PREVIOUS_KEY"];
  return {
    ...(key && { masterKey: keyOf("FUSED_SERVICE_KEY", key) }),
    ...(previous && {
      previousMasterKeys: previous.split(",").map((each) => keyOf("FUSED_SERVICE_PREVIOUS_KEY", each.trim())),
    }),
  };
}

function keyOf(name: string, text: string): Buffer {
  if (/^([\da-f]{2}){32,}$/i.test(text)) return Buffer.from(text, "hex");
  throw new UsageError(`${name}: at least 64 hexadecimal digits, such as \`openssl rand -hex 32\` prints`);
}
