import type { Magic } from "./magic.ts";

export const html: Magic = {
  name: "html",
  kinds: ["cell"],
  summary: "Shows the cell as HTML.",
  usage:
    "%%html\n<b>any HTML</b>\n\nThe rest of the cell is shown as it stands. Scripts in it run where the front end trusts the notebook.",
  run({ body }, session) {
    session.display({ data: { "text/html": body, "text/plain": body }, metadata: {} });
  },
};
