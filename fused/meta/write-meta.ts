import { isDeepStrictEqual } from "node:util";
import type { Language, UdfMeta } from "./meta-json.ts";
import { metaVersion, typeOfLanguage } from "./meta-json.ts";
import { metadataForFile } from "./metadata-names.ts";

/** What a `meta.json` is written from. */
export interface MetaContent {
  language: Language;
  name: string;
  entrypoint: string;
  parameters: Record<string, unknown>;
  /** Under the names that a Udf has. */
  metadata: Record<string, unknown>;
  code: UdfMeta["code"];
  headers: { moduleName: string; file: string }[];
  runDefaults?: { cacheMaxAge?: string | number; engine?: string };
  diskSizeGb?: number;
  region?: string;
}

type Fields = Record<string, unknown>;
/** JSON.rawJSON and a reviver's third argument are newer than the type library. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Text of a `meta.json`. Of the file that the UDF was loaded from everything stays that has not changed: unknown keys,
 * the order of keys, numbers as they were written, and the text itself where nothing has changed at all.
 * @param before text of that file
 */
export function writeMeta(content: MetaContent, before?: string): string {
  const document = before === undefined ? emptyDocument() : parseKeepingNumbers(before);
  const udf = (document as { job_config: { steps: { udf: Fields }[] } }).job_config.steps[0]!.udf;
  const replaced: Fields = {
    type: typeOfLanguage[content.language],
    name: content.name,
    entrypoint: content.entrypoint,
    parameters: content.parameters,
    metadata: metadataForFile(content.metadata, (udf["metadata"] ?? undefined) as Fields | undefined),
    ...("file" in content.code ? { source: content.code.file } : { code: content.code.text }),
    headers: content.headers.map(({ moduleName, file }) => ({ module_name: moduleName, source_file: file })),
    // A Python UDF has these in its decorator.
    ...(content.language === "typescript" && runKeys(content)),
  };
  if ("file" in content.code) delete udf["code"];
  else delete udf["source"];
  for (const [key, value] of Object.entries(replaced)) {
    if (!isSame(udf[key], value)) udf[key] = value;
  }
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  return before !== undefined && isDeepStrictEqual(JSON.parse(before), JSON.parse(text)) ? before : text;
}

function runKeys({ runDefaults, diskSizeGb, region }: MetaContent): Fields {
  return {
    cache_max_age: runDefaults?.cacheMaxAge,
    engine: runDefaults?.engine,
    disk_size_gb: diskSizeGb,
    region,
  };
}

function emptyDocument(): Fields {
  const udf = { type: "", name: "", entrypoint: "", parameters: {}, metadata: {}, source: "", headers: [] };
  const step = { type: "udf", udf };
  return { version: metaVersion, job_config: { version: metaVersion, name: null, steps: [step], metadata: null } };
}

/** Parses so that each number is written again digit by digit: `1.0` and integers beyond 2^53 too. */
function parseKeepingNumbers(text: string): Fields {
  const keep = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? rawJSON(context.source)
      : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown) as Fields;
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Whether what stands in the file says the same already: absent, null and empty are one. */
function isSame(written: unknown, value: unknown): boolean {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isDeepStrictEqual(plain(written), plain(value)) || (isEmpty && (written === undefined || written === null));
}
