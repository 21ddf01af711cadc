import { writeFileSync } from "node:fs";

const ours = { name: "fused-ts", display_name: "TypeScript (Fused)" };

/** Writes a notebook of code cells that have not been run, for our kernel if nothing else is said. */
export function writeNotebook(path: string, cells: string[], kernelspec = ours): void {
  const notebook = {
    cells: cells.map((source, i) => ({
      cell_type: "code",
      id: `c${i}`,
      source,
      metadata: {},
      outputs: [],
      execution_count: null,
    })),
    metadata: { kernelspec },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(path, JSON.stringify(notebook));
}
