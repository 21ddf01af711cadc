import { basename } from "node:path";
import { isFdPath } from "../api/fd-path.ts";
import { getFile } from "../api/files.ts";
import { currentService } from "../api/service.ts";
import { getUdf, type UdfRecord } from "../api/udfs.ts";
import { UdfLoadError } from "../errors.ts";
import type { UdfState } from "../udf-state.ts";
import { languageOfFile, languageOfText } from "./code-language.ts";
import { textOf } from "./udf-folder.ts";
import type { ReadParts } from "./load-source.ts";
import { readCodeFile, readFolder } from "./udf-parts.ts";
import { zipFolder } from "./zip-folder.ts";

/** What a saved UDF's metadata has beside the author's: what its code does not say. */
export const savedNames = { entrypoint: "fused:entrypoint", defaults: "fused:defaults", runs: "fused:runs" } as const;

/** Reads a UDF of the service: by id, name, `email/name` or shared token; or a zip or code file in its folder (`fd://`). */
export async function readSaved(text: string): Promise<ReadParts> {
  if (isFdPath(text)) return readFile(text);
  const record = await getUdf(currentService(), text);
  const { name, code = "", headers, metadata } = record;
  const entrypoint = metadata[savedNames.entrypoint];
  return {
    place: /^fsh_/.test(text) ? `the UDF ${name} of a shared token` : `${record.owner_email}/${name}`,
    language: languageOfText(code),
    code,
    codeFile: undefined,
    fallbackName: name,
    meta: undefined,
    headers,
    readme: undefined,
    ...(typeof entrypoint === "string" && { entrypoint }),
    finish: (state) => withRecord(state, record),
  };
}

/** What the record tells beside the code. */
function withRecord(state: UdfState, { id, slug, name, metadata: kept }: UdfRecord): UdfState {
  const metadata = { ...kept };
  for (const each of Object.values(savedNames)) delete metadata[each];
  const defaults = kept[savedNames.defaults] as Record<string, unknown> | undefined;
  const runs = kept[savedNames.runs] as UdfState["runDefaults"] | undefined;
  return {
    ...state,
    frame: { ...state.frame, name, metadata: { ...state.frame.metadata, ...metadata, id, slug, name } },
    defaults: { ...state.defaults, ...defaults },
    runDefaults: { ...state.runDefaults, ...runs },
  };
}

async function readFile(path: string): Promise<ReadParts> {
  const bytes = await getFile(currentService(), path);
  const file = basename(path);
  if (languageOfFile(file)) return readCodeFile({ place: path, file, text: textOf(bytes) });
  const parts = await readFolder(await zipFolder(bytes, path));
  if (parts) return parts;
  throw new UdfLoadError(`${path} is no UDF: load a code file (.ts, .js, .py) or a .zip of a UDF's folder.`);
}
