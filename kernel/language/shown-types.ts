/** Types as the server prints them, without what belongs to the modules that stand for cells. */
export function withoutModuleNames(text: string): string {
  return text
    .replace(/import\("[^"]*"\)\./g, "")
    .replace(/typeof import\("[^"]*\.fused-[^"]*"\)/g, "this notebook")
    .replace(/"[^"]*\.fused-[^"]*"/g, "this notebook");
}

/** The kind of thing that a name was imported as is of no interest in a notebook: all its names are imported, here. */
export function withoutAlias(text: string): string {
  return text.replace(/^\(alias\) /gm, "").replace(/^import [\p{L}\p{N}_$]+$\n?/gmu, "");
}

/** Markdown of a hover as plain text: code without fences, JSDoc tags without emphasis. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/^```\w*\n?/gm, "\n")
    .replace(/\*@(\w+)\*/g, "@$1")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
