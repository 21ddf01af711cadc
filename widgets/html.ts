import { displaySettings } from "./display-settings.ts";

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as HTML that shows it, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A number with its thousands set apart, `3,000,000`, unless the option `show.formatNumbers` is off. */
export function grouped(count: number | bigint): string {
  return displaySettings().formatNumbers ? count.toLocaleString("en-US") : String(count);
}

/** `1 row`, `3,000 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
