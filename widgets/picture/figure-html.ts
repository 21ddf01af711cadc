import { escapeHtml } from "../html.ts";
import type { Picture } from "./encode-picture.ts";

/**
 * A picture with its title and caption, as HTML without script or style sheet: JupyterLab's sanitizer leaves it as it
 * is, and without inline styles it still reads. `alt` says what is to be seen.
 */
export function figureHtml(
  picture: Picture,
  { alt, title, caption = [] }: { alt: string; title?: string; caption?: string[] },
): string {
  const head = title ? `<p style="margin: 0 0 6px"><b>${escapeHtml(title)}</b></p>\n` : "";
  const image =
    `<img src="data:${picture.sharp.mime};base64,${picture.sharp.bytes.toString("base64")}" ` +
    `width="${picture.width}" height="${picture.height}" alt="${escapeHtml(alt)}" style="max-width: 100%; height: auto; border-radius: 6px">`;
  const foot = caption.map((line) => `\n<br><small style="opacity: 0.7">${escapeHtml(line)}</small>`).join("");
  return `<div>\n${head}${image}${foot}\n</div>`;
}
