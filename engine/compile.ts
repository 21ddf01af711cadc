import { hash } from "node:crypto";
import { compileFunction, compileModule, type JavaScriptModule } from "./javascript-module.ts";
import { keptContextGlobals } from "./kept-context-rule.ts";
import type { UdfFrame } from "./udf-frame.ts";

/** A frame as a script for an isolate. */
export interface CompiledUdf {
  frame: UdfFrame;
  /** Names the frame's bytes, for caches. */
  hash: string;
  /**
   * An expression: `{ $main, modules }`, functions of `$fused_import`, `require` and `$fused_meta` that give
   * `{ exports, $entry }`. Nothing of the UDF runs before they are called.
   */
  script: string;
  /** Packages that are imported by a literal name, so that they can be made ready before the run. */
  imports: string[];
  /** Where its runs may follow one another in one context: the globals that each gets anew (kept-context-rule.ts). */
  keptGlobals: string[] | undefined;
  /** A position in `script` as the author counts; all 1-based. */
  authorPosition(line: number, column: number): AuthorPosition | undefined;
}

export interface AuthorPosition {
  /** Name of the origin: the UDF's, or that of a header module. */
  source: string;
  line: number;
  column: number;
}

/** File name of every UDF's script inside an isolate; how its frames are known in a stack. */
export const scriptName = "fused-udf";

/** Hash of a frame's bytes, by which what was compiled from it is kept. */
export function hashFrame(bytes: Uint8Array): string {
  return hash("sha1", bytes);
}

/**
 * Compiles a frame's TypeScript, its header modules included.
 * @throws SourceError where a source does not parse; TypeError where the entrypoint is not in the source
 */
export function compileFrame(frame: UdfFrame, frameHash: string): CompiledUdf {
  const main =
    frame.carrier === "inline"
      ? compileFunction(frame.source, frame.origin)
      : compileModule(frame.source, frame.entrypoint, frame.origin);
  if (frame.carrier === "file" && !hasEntrypoint(main, frame.entrypoint)) {
    throw new TypeError(
      `${frame.origin.name} has no function named ${frame.entrypoint}. It has: ${main.names.join(", ") || "none"}.`,
    );
  }
  const chunks: Chunk[] = [{ source: frame.origin.name, module: main }];
  for (const { moduleName, source } of frame.headers) {
    const origin = { name: moduleName, firstLine: 1 };
    chunks.push({ source: moduleName, module: compileModule(source, "default", origin) });
  }

  const joined = joinChunks(chunks);
  const imports = importedPackages(chunks, frame);
  const mayKeep = imports.length === 0 && frame.headers.length === 0;
  return {
    frame,
    hash: frameHash,
    ...joined,
    imports,
    keptGlobals: mayKeep ? keptContextGlobals(joined.script) : undefined,
  };
}

function hasEntrypoint(module: JavaScriptModule, entrypoint: string): boolean {
  return module.names.includes(entrypoint) || module.exports.includes(entrypoint);
}

interface Chunk {
  source: string;
  module: JavaScriptModule;
}

function joinChunks(chunks: Chunk[]): Pick<CompiledUdf, "script" | "authorPosition"> {
  const lines = ["({__proto__:null,modules:{__proto__:null"];
  const firstLines: number[] = [];
  // The header modules stand first, so that `$main` closes the object.
  const ordered = [...chunks.slice(1), chunks[0]!];
  ordered.forEach(({ source, module }, i) => {
    const key = i === ordered.length - 1 ? "},$main" : `,[${JSON.stringify(source)}]`;
    lines.push(`${key}:async($fused_import,require,$fused_meta)=>{"use strict";`);
    firstLines.push(lines.length + 1);
    lines.push(...module.code.split("\n"), "}");
  });
  lines.push("})");
  return {
    script: lines.join("\n"),
    authorPosition(line, column) {
      const index = firstLines.findLastIndex((first) => first <= line);
      const chunk = ordered[index];
      const position = chunk?.module.authorPosition(line - firstLines[index]! + 1, column - 1);
      return position && { source: chunk!.source, ...position };
    },
  };
}

/** What is imported by name, without the frame's own header modules. */
function importedPackages(chunks: Chunk[], frame: UdfFrame): string[] {
  const own = new Set(frame.headers.map(({ moduleName }) => moduleName));
  const names = new Set(chunks.flatMap(({ module }) => module.imports));
  return [...names].filter((name) => !own.has(name));
}
