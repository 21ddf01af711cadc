import { escapeHtml } from "../html-text.ts";

/** The page that a browser ends up on: what became of the log-in. No scripts, nothing from elsewhere. */
export function answerPage(title: string, text: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto 0;max-width:32em;padding:0 1em;color:#222;background:#fff}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}h1{font-size:1.4em;margin:0 0 .3em}</style></head>
<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></body></html>`;
}
