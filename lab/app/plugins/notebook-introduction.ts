export interface Introduction {
  title: string;
  /** What it begins with: a sentence, or two where the first is short; empty where the notebook begins with code. */
  sentence: string;
}

/** Letters from which on a sentence says something by itself. */
const telling = 50;

/**
 * What a notebook says of itself: its first heading, and how the text below it begins, without Markdown's marks.
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
  const sentences = below.match(/.+?(?:[.!?:](?=\s|$)|$)/g) ?? [];
  const sentence = sentences.slice(0, (sentences[0]?.length ?? 0) < telling ? 2 : 1).join("");
  return { title: heading ? plain(heading[1]!) : name.replace(/\.ipynb$/, ""), sentence: sentence.replace(/:$/, ".") };
}

function plain(markdown: string): string {
  return markdown
    .replace(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|`)(.*?)\1/g, "$2")
    .replace(/(?<!\w)[*_](\S[^*_]*?)[*_](?!\w)/g, "$1");
}
