import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ansiLines } from "../../cli/html-ansi.ts";
import { notebookHtml } from "../../cli/html.ts";
import { parseNotebook } from "../../cli/notebook.ts";
import { temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
writeFileSync(join(folder, "dot.png"), Buffer.from(pixel, "base64"));

const markdown = (source: string, extra = {}) => ({ cell_type: "markdown", metadata: {}, source, ...extra });
const code = (source: string, ...outputs: unknown[]) => ({
  cell_type: "code",
  metadata: {},
  source,
  outputs,
  execution_count: 1,
});
const display = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });

/** The page's body: what stands behind style and before our own scripts. */
async function body(...cells: unknown[]): Promise<string> {
  const whole = await page(...cells);
  return /<main>([^]*)<\/main>/.exec(whole)![1]!;
}

async function page(...cells: unknown[]): Promise<string> {
  const notebook = parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }), "a.ipynb");
  return notebookHtml(notebook, { name: "sample", folder });
}

test("markdown is rendered in GitHub's dialect, with anchors and a table of contents", async () => {
  const html = await page(
    markdown("# One `x`\n\n## Two\n\n## Two\n\n|a|b|\n|-|-:|\n|1|2|\n\n```ts\nconst a = 1;\n```"),
  );
  assert.match(html, /<title>One x<\/title>/);
  assert.match(html, /<h2 id="two">Two<a[^>]*href="#two"/);
  assert.match(html, /<nav[^]*href="#two-1">Two<\/a>[^]*<\/nav>/);
  assert.match(html, /<td style="text-align:right">2<\/td>/);
  assert.match(html, /<span class="hljs-keyword">const<\/span>/);
});

test("formulas stay readable: markdown does not touch them", async () => {
  assert.match(
    await body(markdown("cost $5 or $6, but $a_1 * b_2 * c$ and\n\n$$x_i < y_i$$")),
    /cost \$5 or \$6, but <code class="math">\$a_1 \* b_2 \* c\$<\/code>[^]*\$\$x_i &lt; y_i\$\$/,
  );
});

test("scripts, handlers and frames in markdown do not get into the page", async () => {
  const html = await body(
    markdown(
      '<script>alert(1)</script><img src=x onerror="alert(1)"><a href="javascript:alert(1)" onclick="x()">y</a>',
    ),
    markdown(
      '<iframe src="https://a.b"></iframe><svg><style><img src=x onerror=alert(1)></style></svg><form action="https://a.b">',
    ),
    markdown("[a](javascript:alert(1)) ![b](javascript:alert(1)) [c](data:text/html,x)"),
  );
  assert.doesNotMatch(html, /<script|<iframe|<form|onerror=|onclick=|javascript:|<img/);
});

test("the page asks for nothing: images are put into it, others become links, and a policy forbids the rest", async () => {
  const html = await page(
    markdown("![dot](dot.png) ![att](attachment:a.png) ![far](https://example.org/x.png) ![gone](gone.png)", {
      attachments: { "a.png": { "image/png": pixel } },
    }),
    code(
      "1",
      display({
        "text/html":
          '<link rel=stylesheet href="https://a.b/c.css"><style>@import url(https://a.b); td{background:url(https://a.b)}</style><td style="background:url(//a.b)">',
      }),
    ),
  );
  assert.equal(html.match(/src="data:image\/png;base64,iVBOR/g)?.length, 2);
  assert.match(html, /<a href="https:\/\/example.org\/x.png" class="outside">image: far<\/a>/);
  assert.match(html, /image: gone/);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
  const loads = [...html.matchAll(/(?:\ssrc(?:set)?=|<link[^>]*href=|url\(|@import)\s*["']?([^"')>]*)/g)];
  assert.deepEqual(
    loads.map(([, address]) => address).filter((address) => !address?.startsWith("data:")),
    [],
  );
});

test("of an output the richest form is shown that needs no kernel", async () => {
  assert.match(await body(code("x", display({ "text/html": "<b>rich</b>", "text/plain": "plain" }))), /<b>rich<\/b>/);
  assert.match(
    await body(code("x", display({ "image/png": pixel, "text/plain": "plain" }))),
    /<img src="data:image\/png[^>]*alt="plain"/,
  );
  assert.match(await body(code("x", display({ "text/markdown": "*m*" }))), /<em>m<\/em>/);
  assert.match(await body(code("x", display({ "text/latex": "$x<y$" }))), /\$x&lt;y\$/);
  assert.match(await body(code("x", display({ "application/json": { a: "</script>" } }))), /&lt;\/script&gt;/);
  assert.match(await body(code("x", display({ "text/plain": "<i>" }))), /<pre>&lt;i&gt;<\/pre>/);
});

test("our own widgets show their figure without the loader; other scripts run in a frame of their own", async () => {
  const html = '<p>figure</p><script>load("live")</script>';
  const ours = await body(code("map", display({ "application/vnd.fused.map+json": {}, "text/html": html })));
  assert.match(ours, /<p>figure<\/p>/);
  assert.doesNotMatch(ours, /load\(/);
  const theirs = await body(code("x", display({ "text/html": html })));
  assert.match(theirs, /<iframe sandbox="allow-scripts" srcdoc="[^"]*&lt;script&gt;load\(&quot;live&quot;\)/);
});

test("charts bring plotly.js once, and only where there is one that can be drawn offline", async () => {
  const chart = (type: string, extra = {}) =>
    code("c", display({ "application/vnd.plotly.v1+json": { data: [{ type, x: ["</script>"], y: [1] }] }, ...extra }));
  const libraries = (html: string) => html.match(/plotly\.js \([a-z]+ - minified\) v|plotly\.js v/g)?.length ?? 0;
  const two = await page(chart("bar"), chart("scatter"));
  assert.equal(libraries(two), 1);
  assert.match(two, /class="figure">\{"data":\[\{"type":"bar","x":\["\\u003c\/script>"\]/);
  assert.equal(libraries(await page(code("1"))), 0);
  const map = await page(chart("scattergeo", { "image/png": pixel }));
  assert.equal(libraries(map), 0);
  assert.match(map, /<img src="data:image\/png/);
});

test("long text folds, errors keep their colours, code is escaped", async () => {
  const long = Array.from({ length: 100 }, (_, i) => `line ${i}`).join("\n");
  assert.match(
    await body(code("x", { output_type: "stream", name: "stdout", text: long })),
    /line 29<\/pre><details><summary>70 more lines/,
  );
  const error = { output_type: "error", ename: "E", evalue: "v", traceback: ["\u001b[31mE\u001b[0m: <v>"] };
  assert.match(await body(code("a<b", error)), /a&lt;b|a<span[^>]*>&lt;<\/span>b/);
  assert.match(await body(code("x", error)), /<span style="color:var\(--ansi-1\)">E<\/span>: &lt;v&gt;/);
});

test("terminal text: colours over lines, 256 and RGB colours, rewritten lines, other sequences dropped", () => {
  assert.deepEqual(ansiLines("\u001b[1;32ma\nb\u001b[0mc"), [
    '<span style="color:var(--ansi-2);font-weight:700">a</span>',
    '<span style="color:var(--ansi-2);font-weight:700">b</span>c',
  ]);
  assert.deepEqual(ansiLines("\u001b[38;5;196mx\u001b[48;2;1;2;3my"), [
    '<span style="color:rgb(255,0,0)">x</span><span style="color:rgb(255,0,0);background:rgb(1,2,3)">y</span>',
  ]);
  assert.deepEqual(ansiLines("10%\r50%\r100%\r\nab\bc\u001b[2K\u001b]0;title\u0007d"), ["100%", "acd"]);
});

test("magic lines stand out, the rest of a cell is highlighted in the language they announce", async () => {
  const html = await body(code("%%html\n<b>x</b>"), code("%time f(1 < 2)\nconst t = `\n%map x\n`;"));
  assert.match(html, /<span class="hljs-magic">%%html\n<\/span><span class="hljs-tag">/);
  assert.match(html, /<span class="hljs-magic">%time f\(1 &lt; 2\)<\/span>/);
  assert.match(html, /<span class="hljs-string">`\n%map x\n`<\/span>/, "a line of a template string is no magic");
});
