import type { Magic } from "./magic.ts";

export const markdown: Magic = {
  name: "markdown",
  kinds: ["cell"],
  summary: "Shows the cell as Markdown.",
  usage: "%%markdown\n# Any *Markdown*",
  run({ body }, session) {
    session.display({ data: { "text/markdown": body, "text/plain": body }, metadata: {} });
  },
};
