/** Looks of an exported page: light and dark by the reader's system or the button, narrow screens, print. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#fdfdfc, #16181c);
  --text: light-dark(#23272e, #dfe3e8);
  --faint: light-dark(#5d6673, #9aa4b1);
  --line: light-dark(#e3e6ea, #30353d);
  --panel: light-dark(#f5f6f8, #1e2127);
  --accent: light-dark(#1f6aa5, #7ab8ec);
  --bad: light-dark(#c0392b, #ff8a7a);
  --bad-panel: light-dark(#fdf1ef, #2b1d1d);
  --code-keyword: light-dark(#8b2fa8, #d59bf0);
  --code-string: light-dark(#2f7a38, #9fd18b);
  --code-number: light-dark(#a6521a, #f0b27a);
  --code-title: light-dark(#1a62a8, #82bdf5);
  --code-comment: light-dark(#67727f, #8792a0);
  --code-type: light-dark(#0d7377, #6fd0c9);
  --ansi-0: light-dark(#23272e, #8b93a0);
  --ansi-1: light-dark(#c0392b, #ff8a7a);
  --ansi-2: light-dark(#23803a, #8fd08a);
  --ansi-3: light-dark(#92670a, #e8c468);
  --ansi-4: light-dark(#1f5fae, #7ab0f5);
  --ansi-5: light-dark(#8b2fa8, #d59bf0);
  --ansi-6: light-dark(#0d7377, #6fd0c9);
  --ansi-7: light-dark(#6b7480, #dfe3e8);
  --ansi-8: light-dark(#5d6673, #9aa4b1);
  --ansi-9: light-dark(#d84a3a, #ffa497);
  --ansi-10: light-dark(#2a9447, #a9e2a3);
  --ansi-11: light-dark(#a87a14, #f3d88d);
  --ansi-12: light-dark(#2f76cf, #9cc6ff);
  --ansi-13: light-dark(#a344c2, #e5b8fa);
  --ansi-14: light-dark(#138a8f, #93e3dd);
  --ansi-15: light-dark(#3c444f, #ffffff);
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.62 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
.page { display: flex; justify-content: center; gap: 2.5rem; max-width: 82rem; margin: 0 auto;
  padding: 2.5rem 1.5rem 4rem; }
main { flex: 1 1 54rem; min-width: 0; max-width: 58rem; }
nav { flex: 0 0 14rem; order: 2; font-size: .875rem; }
nav details { position: sticky; top: 1.5rem; max-height: calc(100vh - 3rem); overflow: auto; }
nav summary { font-weight: 600; color: var(--faint); cursor: pointer; }
nav ol { list-style: none; margin: .5rem 0 0; padding: 0 0 0 .8rem; border-left: 2px solid var(--line); }
nav li { margin: .3rem 0; line-height: 1.35; }
nav .level-1 { padding-left: .8rem; } nav .level-2 { padding-left: 1.6rem; }
nav a { color: var(--faint); text-decoration: none; } nav a:hover { color: var(--accent); }
a { color: var(--accent); text-underline-offset: .15em; }
.cell { position: relative; margin: 0 0 1.25rem; padding-left: 3.25rem; }
.cell.prose { padding-left: 3.25rem; }
.prose > * , header { max-width: 44rem; }
.prose > .wide, .prose > pre { max-width: none; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 .75rem; text-wrap: balance; }
.cell:first-child h1, header h1 { margin-top: 0; }
h1 { font-size: 2.1rem; letter-spacing: -.015em; } h2 { font-size: 1.5rem; } h3 { font-size: 1.2rem; }
h4 { font-size: 1rem; }
header { padding-left: 3.25rem; }
p { margin: .75rem 0; }
.anchor { margin-left: .4em; color: var(--faint); text-decoration: none; opacity: 0; }
:is(h1, h2, h3, h4):hover .anchor, .anchor:focus { opacity: .7; }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: 3px solid var(--line); color: var(--faint); }
hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0; }
img, svg, video { max-width: 100%; height: auto; }
.prose img { border-radius: 6px; }
.missing, .outside { color: var(--faint); }
pre, code, kbd { font-family: var(--mono); font-size: .86em; }
pre code { font-size: inherit; }
li:has(> input:first-child) { list-style: none; margin-left: -1.3rem; }
:not(pre) > code { background: var(--panel); border-radius: 4px; padding: .1em .35em; overflow-wrap: anywhere; }
code.math, pre.math { background: none; font-style: italic; }
pre { margin: 0; line-height: 1.5; white-space: pre; overflow-x: auto; tab-size: 2; }
pre.code { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .75rem .9rem;
  position: relative; }
.prose pre.code { margin: 1rem 0; }
.count { position: absolute; left: 0; width: 2.6rem; padding-top: .85rem; text-align: right; white-space: pre;
  font: .72rem/1.5 var(--mono); color: var(--faint); user-select: none; }
.result { position: relative; }
.result > .count { left: -3.25rem; padding-top: .3rem; }
.outputs { margin-top: .6rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: .6rem; }
.output { overflow-x: auto; padding: .15rem .9rem; }
.output:has(> .chart), .output:has(> img), .output.rich { padding: 0; }
.output pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.output.json pre { white-space: pre; }
.stderr { background: var(--bad-panel); border-radius: 6px; padding: .5rem .9rem; }
.error { background: var(--bad-panel); border-left: 3px solid var(--bad); border-radius: 0 6px 6px 0;
  padding: .6rem .9rem; }
.note { color: var(--faint); font-style: italic; }
.failed > .count { color: var(--bad); }
details > summary { cursor: pointer; color: var(--faint); font-size: .875rem; padding: .25rem 0; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--line); white-space: nowrap; }
.rich .dataframe :is(td, th) { text-align: right; }
.chart { background: #fff; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.output > img { background: #fff; border-radius: 6px; display: block; }
iframe { width: 100%; height: 10rem; border: 1px solid var(--line); border-radius: 8px; background: #fff;
  display: block; }
footer { margin: 3rem 0 0 3.25rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--faint);
  font-size: .8125rem; }
#theme { position: fixed; top: .75rem; right: .75rem; width: 2.1rem; height: 2.1rem; border-radius: 50%;
  cursor: pointer;
  border: 1px solid var(--line); background: var(--panel); color: var(--faint); font-size: 1rem; line-height: 1;
  z-index: 2; }
.copy { position: absolute; top: .45rem; right: .45rem; opacity: 0; font: .72rem var(--mono); padding: .2rem .5rem;
  cursor: pointer;
  border: 1px solid var(--line); border-radius: 5px; background: var(--page); color: var(--faint); }
.input:hover .copy, .copy:focus { opacity: 1; }
.input { position: relative; }
.hljs-keyword, .hljs-literal, .hljs-built_in, .hljs-tag .hljs-name, .hljs-selector-tag { color: var(--code-keyword); }
.hljs-string, .hljs-regexp, .hljs-template-variable, .hljs-addition { color: var(--code-string); }
.hljs-number, .hljs-symbol, .hljs-bullet { color: var(--code-number); }
.hljs-title, .hljs-section, .hljs-attr, .hljs-property { color: var(--code-title); }
.hljs-comment, .hljs-quote { color: var(--code-comment); font-style: italic; }
.hljs-type, .hljs-class, .hljs-title.class_, .hljs-attribute { color: var(--code-type); }
.hljs-magic, .hljs-meta { color: var(--bad); font-weight: 600; }
.hljs-strong { font-weight: 700; } .hljs-emphasis { font-style: italic; } .hljs-deletion { color: var(--bad); }
.hljs-subst { color: var(--text); }
@media (max-width: 64rem) {
  .page { flex-direction: column; gap: 0; }
  nav { order: 0; flex: none; margin-bottom: 1.5rem; padding-right: 2.5rem; } nav details { position: static;
  max-height: none; }
}
@media (max-width: 44rem) {
  body { font-size: 15px; } .page { padding: 1.25rem 1rem 3rem; }
  .cell, .cell.prose, header { padding-left: 0; } footer { margin-left: 0; }
  .count { position: static; width: auto; text-align: left; padding: 0 0 .15rem; }
  .result > .count { display: none; }
  h1 { font-size: 1.7rem; padding-right: 2rem; } h2 { font-size: 1.3rem; }
}
@media print {
  :root { color-scheme: light; } nav, #theme, .copy { display: none; } .page { padding: 0; }
  pre { white-space: pre-wrap; } .cell { break-inside: avoid-page; }
}
`;

/** Behaviour of an exported page: the theme button, copying code, frames as high as what they hold. */
export const pageScript = `
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.style.colorScheme = (root.style.colorScheme || system) === "dark" ? "light" : "dark";
});
if (matchMedia("(max-width: 64rem)").matches) document.querySelector("nav details")?.removeAttribute("open");
if (navigator.clipboard) for (const input of document.querySelectorAll(".input")) {
  const button = document.createElement("button");
  Object.assign(button, { className: "copy", type: "button", textContent: "copy" });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(input.querySelector("code").textContent);
    button.textContent = "copied";
    setTimeout(() => (button.textContent = "copy"), 1500);
  });
  input.append(button);
}
addEventListener("message", ({ data, source }) => {
  const frame = [...document.querySelectorAll("iframe")].find(({ contentWindow }) => contentWindow === source);
  if (frame && data?.frameHeight > 0) frame.style.height = Math.min(data.frameHeight, 4000) + "px";
});
`;
