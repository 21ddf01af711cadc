import type { UdfState } from "./udf-state.ts";

/** A UDF as the text of a cell: run, it defines the UDF again. A Python UDF's code stands there to be read. */
export function cellText({ frame, language }: UdfState): string {
  if (language === "python") return `%%markdown\n\`\`\`python\n${frame.source.trimEnd()}\n\`\`\``;
  const { entrypoint, carrier } = frame;
  // A cell takes the function of its own name for the UDF.
  const isNamed = carrier === "file" && entrypoint !== "default" && entrypoint !== "udf";
  const name = (isNamed ? entrypoint : frame.name).replace(/[^\p{L}\p{N}_$]+/gu, "_").replace(/^(?=\d)/, "_") || "udf";
  if (carrier === "file") return `%%udf ${name}\n${frame.source.trimEnd()}`;
  return `const ${name} = fused.udf(${frame.source.trimEnd()}, { name: ${JSON.stringify(frame.name)} });`;
}
