import type { Ask } from "./ask-kernel.ts";

/** Imports a file of dist/widgets/. */
export type ImportCode = (file: string) => Promise<Record<string, unknown>>;

/** As it stands on the page: whoever comes later asks in the place of one that may have gone. */
type SharedImport = ImportCode & { ask?: Ask };

/**
 * Imports the widgets' code as the kernel hands it over, file by file, each once. A module from a `blob:` address cannot
 * name others beside it: the names of files in it are put into the words of this page.
 * @param hook name of a global for imports that happen later, the same for all displays of a kernel
 */
export function codeImporter(ask: Ask, hook: string): ImportCode {
  const page = globalThis as unknown as Record<string, SharedImport | undefined>;
  const there = page[hook];
  if (there) return Object.assign(there, { ask });
  const addresses = new Map<string, string>();
  const requests = new Map<string, Promise<Record<string, unknown>>>();

  const fetchCode = async (file: string): Promise<Record<string, unknown>> => {
    const { fields, buffers } = await importCode.ask!("code", { file, have: [...addresses.keys()] });
    // What a file imports comes before it.
    for (const [i, name] of (fields["files"] as string[]).entries()) {
      const source = (await unpacked(buffers[i]!))
        .replace(/\bimport\("\.\/([\w-]+\.js)"\)/g, (_all, later: string) => `globalThis["${hook}"]("${later}")`)
        .replace(/(\b(?:from|import))"\.\/([\w-]+\.js)"/g, (_all, word: string, other: string) => {
          return `${word}"${addresses.get(other)}"`;
        });
      if (!addresses.has(name)) {
        addresses.set(name, URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      }
    }
    return import(addresses.get(file)!) as Promise<Record<string, unknown>>;
  };
  const importCode: SharedImport = (file) => {
    let request = requests.get(file);
    if (!request) {
      request = fetchCode(file);
      requests.set(file, request);
      request.catch(() => requests.delete(file));
    }
    return request;
  };
  page[hook] = importCode;
  return Object.assign(importCode, { ask });
}

/** Text from gzip. */
function unpacked(bytes: DataView): Promise<string> {
  const stream = new Blob([bytes as DataView<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
