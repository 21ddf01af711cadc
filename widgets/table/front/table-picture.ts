import type { ColumnSpec } from "../table-spec.ts";
import { cellText } from "./cell-view.ts";
import type { Grid } from "./grid.ts";
import type { RowCache } from "./row-cache.ts";

const rowHeight = 22;

/** What is in view as a PNG: names, types and cells, in the colours of the table. */
export async function tablePicture(
  root: HTMLElement,
  grid: Grid,
  columns: readonly ColumnSpec[],
  cache: RowCache,
): Promise<Blob> {
  const { rows, columns: seen } = grid.view;
  const shown = columns.slice(...seen);
  const count = Math.min(rows[1], cache.rowCount) - rows[0];
  const styles = getComputedStyle(root);
  const colour = (name: string): string => styles.getPropertyValue(name).trim() || "#24303a";
  const ratio = 2;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d")!;
  const font = "12px system-ui, sans-serif";
  context.font = font;
  const widths = shown.map((spec, i) => {
    const texts = Array.from({ length: count }, (_none, row) => cellText(cache.cell(seen[0] + i, rows[0] + row), spec));
    const widest = Math.max(
      ...[spec.name, spec.type, ...texts].map((text) => context.measureText(text.slice(0, 40)).width),
    );
    return Math.min(260, widest + 20);
  });
  canvas.width =
    Math.max(
      1,
      widths.reduce((sum, width) => sum + width, 0),
    ) * ratio;
  canvas.height = (count + 2) * rowHeight * ratio;
  context.scale(ratio, ratio);
  context.fillStyle = colour("--ground");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "middle";
  let x = 0;
  shown.forEach((spec, i) => {
    const put = (text: string, line: number, ink: string, weight = ""): void => {
      context.fillStyle = colour(ink);
      context.font = `${weight} ${font}`;
      context.fillText(text.slice(0, 40), x + 10, (line + 0.5) * rowHeight, widths[i]! - 12);
    };
    put(spec.name, 0, "--ink", "600");
    put(spec.type, 1, "--faint");
    for (let row = 0; row < count; row++) {
      const cell = cache.cell(seen[0] + i, rows[0] + row);
      put(cellText(cell, spec), row + 2, cell === null ? "--faint" : "--ink");
    }
    x += widths[i]!;
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made.")))),
  );
}
