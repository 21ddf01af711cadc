import { writeFileSync } from "node:fs";

/** Writes a notebook of code cells that have not been run, for our kernel. */
export function writeNotebook(path: string, cells: string[]): void {
  const notebook = {
    cells: cells.map((source, i) => ({
      cell_type: "code",
      id: `c${i}`,
      source,
      metadata: {},
      outputs: [],
      execution_count: null,
    })),
    metadata: { kernelspec: { name: "fused-ts", display_name: "TypeScript (Fused)" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(path, JSON.stringify(notebook));
}
