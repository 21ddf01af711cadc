import type { Ask } from "./ask-kernel.ts";

/** Imports a file of dist/widgets/. */
export type ImportCode = (file: string) => Promise<Record<string, unknown>>;

/**
 * Imports the widgets' code as the kernel hands it over, file by file, each once. A module from a `blob:` address cannot
 * name others beside it: the names of files in it are put into the words of this page.
 * @param hook name of a global for imports that happen later
 */
export function codeImporter(ask: Ask, hook: string): ImportCode {
  const addresses = new Map<string, string>();
  const requests = new Map<string, Promise<Record<string, unknown>>>();

  const fetchCode = async (file: string): Promise<Record<string, unknown>> => {
    const { fields, buffers } = await ask("code", { file, have: [...addresses.keys()] });
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
  const importCode: ImportCode = (file) => {
    let request = requests.get(file);
    if (!request) {
      request = fetchCode(file);
      requests.set(file, request);
      request.catch(() => requests.delete(file));
    }
    return request;
  };
  (globalThis as Record<string, unknown>)[hook] = importCode;
  return importCode;
}

/** Text from gzip. */
function unpacked(bytes: DataView): Promise<string> {
  const stream = new Blob([bytes as DataView<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
