import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

/**
 * The parser is native code that goes down into a source by recursion: one that is nested some thousand levels deep ends the whole
 * process. A source that is short of what nests cannot be; others are first parsed by a process that may end.
 */
const harmlessLength = 64_000;
const harmlessCount = 2000;
const nesting =
  /[([{<?=:]|\*\*|\b(?:if|else|new|keyof|extends|for|while|do|with|await|yield|infer|unique|readonly|typeof|void|delete)\b/g;
const longestSource = 8 * 2 ** 20;
const patience = 20_000;
/** What was parsed so last. A source is read several times; with other words around it, too, where it is too deep. */
const tried: { source: string; isDeep: boolean }[] = [];
const mostTried = 12;
const fewWords = 500;

/** The stack is a quarter of what a main thread has: what passes here passes there. */
const probe = `const { Worker, isMainThread, workerData } = require("node:worker_threads");
if (isMainThread) {
  const source = require("node:fs").readFileSync(0, "utf8");
  const limits = { resourceLimits: { stackSizeMb: 2 } };
  new Worker(process.argv[1], { eval: true, workerData: { source, modules: process.argv.slice(2) }, ...limits });
} else {
  const { source, modules } = workerData;
  const [{ parseSync }, { transformSync }] = modules.map((each) => require(each));
  parseSync("udf.ts", source, { lang: "ts", sourceType: "module" }).program;
  transformSync("udf.ts", source, { lang: "ts", sourceType: "module", sourcemap: true });
}`;

/** What is wrong with a source that the parser cannot be given; undefined: nothing. */
export function explainTooDeep(source: string): string | undefined {
  if (source.length > longestSource)
    return `The source has ${source.length} characters; ${longestSource} are the most.`;
  if (source.length <= harmlessLength && !hasMore(source)) return undefined;
  const isDeep = tried.find((each) => isKnown(each, source))?.isDeep ?? endsParser(source);
  return isDeep ? "The source is nested too deeply" : undefined;
}

/** What stands around a source may be what the parser stops at, so that one which passed says nothing of a longer one. */
function isKnown(known: { source: string; isDeep: boolean }, source: string): boolean {
  if (!known.isDeep) return known.source === source;
  return Math.abs(source.length - known.source.length) <= fewWords && source.includes(known.source);
}

function endsParser(source: string): boolean {
  const { resolve } = createRequire(import.meta.url);
  const modules = [resolve("oxc-parser"), resolve("oxc-transform")];
  const { status, signal } = spawnSync(process.execPath, ["-e", probe, probe, ...modules], {
    input: source,
    stdio: ["pipe", "ignore", "ignore"],
    timeout: patience,
  });
  // Where no process could be started nothing is known.
  const isDeep = signal !== null || (status ?? 0) !== 0;
  tried.unshift({ source, isDeep });
  tried.length = Math.min(tried.length, mostTried);
  return isDeep;
}

function hasMore(source: string): boolean {
  let count = 0;
  nesting.lastIndex = 0;
  while (nesting.test(source)) if (++count > harmlessCount) return true;
  return false;
}
