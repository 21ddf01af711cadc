import type { ColumnSpec } from "../table-spec.ts";
import type { PageCell } from "./row-cache.ts";

const svg = "http://www.w3.org/2000/svg";

/** The text of a cell in the grid. */
export function cellText(cell: PageCell, { kind, decimals = 0 }: ColumnSpec): string {
  if (cell === undefined) return "…";
  if (cell === null) return "null";
  if (typeof cell === "number") return numberText(cell, kind === "number" ? decimals : 0);
  return String(cell);
}

/** A cell's text as it is copied. */
export function copiedText(cell: PageCell, { kind }: ColumnSpec): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "string" && (kind === "geometry" || kind === "list") ? labelOf(cell) : String(cell);
  return /[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function numberText(value: number, decimals: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return Number.isFinite(value) && Math.abs(value) < 1e15 ? value.toFixed(decimals) : String(value);
  }
  if (Math.abs(value) < 1e-4) return value.toExponential(3);
  return Math.abs(value) >= 1e12 ? String(Number(value.toPrecision(12))) : value.toFixed(decimals);
}

/** Whether cells of a column are more than text. */
export const hasPicture = ({ kind }: ColumnSpec): boolean =>
  kind === "geometry" || kind === "list" || kind === "image" || kind === "h3";

/**
 * A cell with its picture: a geometry's outline, a list's line, an image, the colour of an H3 cell. Undefined where its
 * text says it all.
 */
export function cellPicture(cell: PageCell, { kind }: ColumnSpec): Node | undefined {
  if (typeof cell !== "string") return undefined;
  if (kind === "image") return imageOf(cell);
  if (kind === "h3") return withText(hexagon(cell), cell);
  const parts = parse(cell);
  if (!parts) return undefined;
  return withText(kind === "geometry" ? outline(parts) : line(parts), parts.t ?? "");
}

function labelOf(cell: string): string {
  return parse(cell)?.t ?? cell;
}

interface Parts {
  t?: string;
  p?: number[][];
  c?: boolean;
  v?: (number | null)[];
}

function parse(cell: string): Parts | undefined {
  try {
    return JSON.parse(cell) as Parts;
  } catch {
    return undefined;
  }
}

function imageOf(cell: string): Node | undefined {
  if (!/^data:image\/(png|jpeg|gif|webp);base64,/.test(cell)) return undefined;
  const image = document.createElement("img");
  image.src = cell;
  image.alt = "image";
  image.className = "fk-thumb";
  return image;
}

function withText(picture: Node, text: string): Node {
  const box = document.createDocumentFragment();
  box.append(picture, ` ${text}`);
  return box;
}

function drawing(width: number, viewBox: string): SVGSVGElement {
  const made = document.createElementNS(svg, "svg");
  made.setAttribute("viewBox", viewBox);
  made.setAttribute("width", String(width));
  made.setAttribute("height", "16");
  made.setAttribute("aria-hidden", "true");
  return made;
}

function outline({ p = [], c = false }: Parts): Node {
  const made = drawing(16, "-6 -6 112 112");
  for (const part of p) {
    const isPoint = part.length === 2;
    const shape = document.createElementNS(svg, isPoint ? "circle" : c ? "polygon" : "polyline");
    if (isPoint) {
      shape.setAttribute("cx", String(p.length === 1 ? 50 : part[0]));
      shape.setAttribute("cy", String(p.length === 1 ? 50 : part[1]));
      shape.setAttribute("r", "16");
    } else shape.setAttribute("points", part.join(" "));
    shape.setAttribute("class", isPoint || c ? "fk-area" : "fk-line");
    made.append(shape);
  }
  return made;
}

function line({ v = [] }: Parts): Node {
  const values = v.map((each) => each ?? NaN);
  const present = values.filter((each) => Number.isFinite(each));
  const [min, max] = [Math.min(...present), Math.max(...present)];
  const made = drawing(48, "0 -1 48 18");
  const shape = document.createElementNS(svg, "polyline");
  const points = values.flatMap((value, i) => {
    if (!Number.isFinite(value)) return [];
    return [(i / Math.max(1, values.length - 1)) * 48, max > min ? 16 - ((value - min) / (max - min)) * 16 : 8];
  });
  shape.setAttribute("points", points.map((each) => each.toFixed(1)).join(" "));
  shape.setAttribute("class", "fk-line");
  made.append(shape);
  return made;
}

/** A hexagon in a colour of the cell's own, so that equal cells are seen at once. */
function hexagon(cell: string): Node {
  let hash = 0;
  for (let i = 0; i < cell.length; i++) hash = (Math.imul(hash, 31) + cell.charCodeAt(i)) | 0;
  const made = drawing(14, "0 0 100 100");
  const shape = document.createElementNS(svg, "polygon");
  shape.setAttribute("points", "50,2 92,26 92,74 50,98 8,74 8,26");
  shape.setAttribute("fill", `hsl(${Math.abs(hash) % 360} 55% 55%)`);
  made.append(shape);
  return made;
}
