import type { HeaderModule } from "../../engine/udf-frame.ts";
import { UdfLoadError } from "../errors.ts";
import type { Language, UdfMeta } from "../meta/meta-json.ts";
import { readMeta } from "../meta/meta-json.ts";
import { languageOfFile, languageOfText } from "./code-language.ts";
import type { CodeFile, UdfFolder } from "./udf-folder.ts";
import { textOf } from "./udf-folder.ts";

/** Everything of a UDF that its files tell, before its code has been read. */
export interface UdfParts {
  place: string;
  language: Language;
  code: string;
  /** Name of the code file; undefined where the code stood in `meta.json`, or came as a string. */
  codeFile: string | undefined;
  /** A name for the UDF where neither `meta.json` nor its function has one. */
  fallbackName: string | undefined;
  meta: UdfMeta | undefined;
  headers: HeaderModule[];
  readme: { file: string; text: string } | undefined;
}

/** `README.MD` is how the catalogue spells it. */
const readmeFiles = ["README.MD", "README.md"];

/**
 * Reads the files of a folder: `meta.json` and what it names; without one, the code file named like the folder or the
 * only one there.
 * @returns undefined where there is no such folder
 * @throws UdfLoadError naming the file at fault
 */
export async function readFolder(folder: UdfFolder): Promise<UdfParts | undefined> {
  const metaBytes = await folder.read("meta.json");
  if (!metaBytes) return readWithoutMeta(folder);
  const meta = readMeta(textOf(metaBytes), `${folder.place}/meta.json`);
  const read = async (code: UdfMeta["code"], what: string) =>
    "text" in code ? code.text : textOf(await need(folder, code.file, what));
  const [readme, code, headers] = await Promise.all([
    readReadme(folder),
    read(meta.code, "udf.source"),
    Promise.all(
      meta.headers.map(async ({ moduleName, code: header }) => ({
        moduleName,
        source: await read(header, `the header ${moduleName}`),
      })),
    ),
  ]);
  const codeFile = "file" in meta.code ? meta.code.file : undefined;
  const { place, name: fallbackName } = folder;
  return { place, language: meta.language, code, codeFile, fallbackName, meta, headers, readme };
}

/** A code file by itself is a UDF, too: its code and nothing else. */
export function readCodeFile({ place, file, text }: CodeFile): UdfParts {
  const language = languageOfFile(file) ?? languageOfText(text);
  const fallbackName = file.replace(/\.[^.]+$/, "");
  return { place, language, code: text, codeFile: file, fallbackName, meta: undefined, headers: [], readme: undefined };
}

async function readWithoutMeta(folder: UdfFolder): Promise<UdfParts | undefined> {
  const files = await folder.list();
  if (!files) return undefined;
  if (files.includes("collection.json")) {
    const nodes = files.filter((file) => !file.includes("."));
    throw new UdfLoadError(
      `${folder.place} is a canvas of several UDFs; load one of its folders: ${nodes.join(", ")}.`,
    );
  }
  const codeFiles = files.filter((file) => languageOfFile(file) && !file.startsWith("utils."));
  const file = codeFiles.find((each) => each.replace(/\.[^.]+$/, "") === folder.name) ?? codeFiles[0];
  if (file === undefined) {
    throw new UdfLoadError(
      `${folder.place} has no meta.json, and no code file to do without: it is no UDF. ${listed(files)}`,
    );
  }
  if (codeFiles.length > 1 && !file.startsWith(`${folder.name}.`)) {
    throw new UdfLoadError(
      `${folder.place} has no meta.json to say which of its code files is the UDF: ${codeFiles.join(", ")}. Load one of ` +
        `them, or call it ${folder.name}${/\.[^.]+$/.exec(file)![0]}.`,
    );
  }
  const text = textOf(await need(folder, file, "the code file"));
  return { ...readCodeFile({ place: folder.place, file, text }), readme: await readReadme(folder) };
}

async function readReadme(folder: UdfFolder): Promise<UdfParts["readme"]> {
  for (const file of readmeFiles) {
    const bytes = await folder.read(file, true);
    if (bytes) return { file, text: textOf(bytes) };
  }
  return undefined;
}

async function need(folder: UdfFolder, path: string, what: string): Promise<Uint8Array> {
  if (/^([\\/]|[a-z]:)|(^|[\\/])\.\.([\\/]|$)/i.test(path)) {
    throw new UdfLoadError(`${folder.place}/meta.json: ${what} is ${path}, which lies outside the UDF's folder.`);
  }
  const bytes = await folder.read(path);
  if (bytes) return bytes;
  throw new UdfLoadError(`${folder.place} has no file ${path}, which its meta.json names as ${what}.`);
}

function listed(files: string[]): string {
  return files.length > 0
    ? `It has ${files.slice(0, 12).join(", ")}${files.length > 12 ? ", …" : ""}.`
    : "It is empty.";
}
