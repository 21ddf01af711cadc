import { hash } from "node:crypto";
import { compileFrame, type CompiledUdf } from "../compile.ts";
import type { UdfFrame } from "../udf-frame.ts";

const mostKept = 200;
const kept = new Map<string, CompiledUdf>();

/**
 * The UDF in a text that a running UDF wants to run: a function, or a module with one. Made once for each text.
 * @throws UdfSyntaxError, UdfParameterError, SourceError
 */
export async function udfFromSource(source: string, name: string | undefined): Promise<CompiledUdf> {
  const key = `${name ?? ""}\0${source}`;
  const known = kept.get(key);
  if (known) return known;
  const frame = await readSource(source, name);
  // The digest names the script in isolates; a frame that came over the socket has one of other bytes.
  const udf = compileFrame(frame, hash("sha1", `nested\0${key}`));
  kept.set(key, udf);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
  return udf;
}

async function readSource(source: string, name: string | undefined): Promise<UdfFrame> {
  const { parseInlineUdf, parseModuleUdf } = await import("../../fused/source/parse-udf.ts");
  const parse = () => {
    try {
      return parseInlineUdf(source, { name });
    } catch (error) {
      if ((error as Error).name !== "UdfSyntaxError") throw error;
      const parsed = parseModuleUdf(source, { name: name ?? "udf" });
      return { ...parsed, name: name ?? (parsed.entrypoint === "default" ? "udf" : parsed.entrypoint) };
    }
  };
  const parsed = parse();
  const { carrier, entrypoint, parameters, firstLine } = parsed;
  return {
    name: parsed.name,
    source: parsed.source,
    carrier,
    entrypoint,
    parameters,
    headers: [],
    origin: { name: `UDF ${parsed.name}`, firstLine },
    metadata: {},
  };
}
