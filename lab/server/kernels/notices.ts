import type { Dropped } from "./outbox-entries.ts";

const number = new Intl.NumberFormat("en-US");
const size = (bytes: number) =>
  bytes < 1e6 ? `${number.format(Math.ceil(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
const several = (count: number, noun: string) => `${number.format(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Stands where outputs were left out. */
export function leftOutNotice({ lines, bytes, outputs }: Dropped): string {
  const what = [lines > 0 ? several(lines, "line") : "", outputs > 0 ? several(outputs, "output") : ""].filter(Boolean);
  return `\n[lab: left out here ${what.join(" and ") || "text"} (${size(bytes)}), which came faster than the page could show it]\n`;
}

/** Stands where a request's outputs have become too many for a page. */
export function tooMuchNotice(bytes: number): string {
  return `\n[lab: this cell has put out ${size(bytes)}; more is held back, and its last part is shown when the cell ends]\n`;
}
