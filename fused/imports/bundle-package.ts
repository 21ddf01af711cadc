import { statSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join } from "node:path";
import { predefinedPackages } from "../packages.ts";
import { refusedModule } from "./refused-module.ts";
import type { TravellingModule } from "./refused-module.ts";

/** Characters of a bundle that a UDF takes along, at most: it is sent with every run. */
const mostCharacters = 8 * 2 ** 20;
/** The folders of the kernel's own packages. */
const ownPackages = createRequire(import.meta.url).resolve.paths("package") ?? [];

interface Kept {
  stamp: number;
  bundle: Promise<TravellingModule | undefined>;
}
const kept = new Map<string, Kept>();

/**
 * A package of the folder's node_modules (or of the kernel's own) with all that it needs, as one module for a UDF's frame.
 * Predefined packages are left as imports. Made once, and again when the package's version has changed.
 * @param name as it is imported: `left-pad`, `lodash-es/chunk.js`
 * @returns undefined where no such package is installed; a module that throws where it cannot run in an isolate
 */
export function bundlePackage(name: string, folder: string): Promise<TravellingModule | undefined> {
  const key = `${folder}\n${name}`;
  const stamp = installedAt(name, folder);
  const known = kept.get(key);
  if (known?.stamp === stamp) return known.bundle;
  const bundle = build(name, folder);
  kept.set(key, { stamp, bundle });
  return bundle;
}

/** Whether a name is one of Node's own modules, of which an isolate has none. */
export function isNodeModule(name: string): boolean {
  return name.startsWith("node:") || builtinModules.includes(name);
}

/** When the package's manifest was written; 0 where there is none. */
function installedAt(name: string, folder: string): number {
  const packageName = name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
  const beside: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    beside.push(join(at, "node_modules"));
    if (at === dirname(at)) break;
  }
  for (const packages of [...beside, ...ownPackages]) {
    const found = statSync(join(packages, packageName, "package.json"), { throwIfNoEntry: false });
    if (found) return found.mtimeMs;
  }
  return 0;
}

async function build(name: string, folder: string): Promise<TravellingModule | undefined> {
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      stdin: {
        // A namespace, since what a CommonJS package exports is known only when it runs.
        contents: `import * as all from ${JSON.stringify(name)};\nexport const $fused_namespace = all;\n`,
        resolveDir: folder,
        loader: "js",
      },
      nodePaths: ownPackages,
      external: [...predefinedPackages, "vega-datasets/*", "world-atlas/*"],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "es2024",
      minifyWhitespace: true,
      keepNames: true,
      legalComments: "none",
      logLevel: "silent",
      loader: { ".wasm": "binary", ".csv": "text", ".tsv": "text" },
      define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    });
    const source = outputFiles[0]!.text;
    if (source.length > mostCharacters) {
      return refusedModule(
        name,
        `The package "${name}" has ${Math.round(source.length / 2 ** 20)} MB of code, which is more than a UDF takes along (8 MB).`,
      );
    }
    return { moduleName: name, source };
  } catch (error) {
    const { errors } = error as import("esbuild").BuildFailure;
    if (!Array.isArray(errors)) throw error;
    if (errors.some(({ text, location }) => location?.file === "<stdin>" && text.includes(`"${name}"`)))
      return undefined;
    return refusedModule(name, `The package "${name}" cannot travel with a UDF: ${reasonOf(errors)}`);
  }
}

/** Why a package does not run in an isolate, in the words of a reader who did not write it. */
function reasonOf(errors: import("esbuild").Message[]): string {
  const [first] = errors;
  const where = first?.location ? ` (${first.location.file}:${first.location.line})` : "";
  const missing = errors
    .map(({ text }) => /Could not resolve "([^"]+)"/.exec(text)?.[1])
    .filter((each) => each !== undefined);
  const node = missing.find(isNodeModule);
  if (node)
    return `it needs Node's module "${node}"${where}, and a UDF has nothing of Node. Pure JavaScript and WebAssembly run.`;
  if (errors.some(({ text }) => /No loader is configured for "\.node"/.test(text))) {
    return `it has a native add-on${where}, and an isolate runs only JavaScript and WebAssembly.`;
  }
  if (missing[0]) return `it imports "${missing[0]}"${where}, which is not installed.`;
  return `${first?.text ?? "it cannot be bundled"}${where}.`;
}
