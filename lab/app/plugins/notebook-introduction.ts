export interface Introduction {
  title: string;
  /** Empty where the notebook begins with code. */
  sentence: string;
}

/**
 * What a notebook says of itself: its first heading, and the first sentence below it, without Markdown's marks.
 * @param name the file's name, the title of a notebook without a heading
 */
export function introduction(name: string, notebook: unknown): Introduction {
  const { cells = [] } = notebook as { cells?: { cell_type: string; source: string | string[] }[] };
  const first = cells.find(({ cell_type }) => cell_type === "markdown");
  const text = first ? [first.source].flat().join("") : "";
  const heading = /^#+\s+(.+)$/m.exec(text);
  const below = plain(text.slice(heading ? heading.index + heading[0].length : 0))
    .trim()
    .split(/\n\s*\n/, 1)[0]!
    .replace(/\s+/g, " ");
  const sentence = /^.*?[.!?:](?=\s|$)/.exec(below)?.[0] ?? below;
  return { title: heading ? plain(heading[1]!) : name.replace(/\.ipynb$/, ""), sentence: sentence.replace(/:$/, ".") };
}

function plain(markdown: string): string {
  return markdown
    .replace(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|`)(.*?)\1/g, "$2")
    .replace(/(?<!\w)[*_](\S[^*_]*?)[*_](?!\w)/g, "$1");
}
