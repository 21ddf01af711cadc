import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { introduction } from "../../lab/app/plugins/notebook-introduction.ts";

const built = join(packageRoot, "dist", "lab");
const text = (path: string) => readFileSync(join(built, path), "utf8");
const needsBuild = existsSync(join(built, "build.json")) ? {} : { skip: "needs dist/lab (npm run build)" };

describe("what is built of the lab's page", needsBuild, () => {
  const named = () =>
    [...text("page.html").matchAll(/(?:href|src)="\/static\/lab\/([^"]+)"/g)].map(([, path]) => path!);

  test("a page names files that are there, those with a hash in a folder of their own", () => {
    for (const path of named()) assert.ok(existsSync(join(built, path)), path);
    const { entry } = JSON.parse(text("build.json")) as { entry: Record<"js" | "css", string[]> };
    for (const path of [...entry.js, ...entry.css]) assert.match(path, /^assets\/main-\w{8}\.(js|css)$/);
    assert.equal(text("page.html").split("__PAGE_CONFIG__").length, 2);
  });

  test("what every start fetches is packed, and less than 1.3 MB", () => {
    const sizes = named().map((path) => {
      const packed = join(built, `${path}.br`);
      return statSync(existsSync(packed) ? packed : join(built, path)).size;
    });
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1.3e6, sizes.join(" "));
  });

  test("Plotly, MathJax, Mermaid and the widgets are not part of what every start fetches", () => {
    const first = named()
      .filter((path) => path.endsWith(".js"))
      .map(text)
      .join();
    for (const mark of ["plotly.js v", "flowchart-elk", "deck.gl/core", "mjx-assistive-mml"])
      assert.ok(!first.includes(mark), `${mark} is in what every start fetches`);
  });

  test("settings come with their schemas, and themes as sheets of their own", () => {
    const schemas = JSON.parse(text("schemas.json")) as { id: string }[];
    assert.ok(schemas.some(({ id }) => id === "@jupyterlab/notebook-extension:tracker"));
    assert.ok(schemas.some(({ id }) => id === "@jupyter-widgets/jupyterlab-manager:plugin"));
    const { themes } = JSON.parse(text("build.json")) as { themes: Record<string, string> };
    assert.deepEqual(Object.keys(themes).length, 3);
    for (const path of Object.values(themes)) assert.match(text(path), /--jp-layout-color0/);
  });

  test("the notices name every package with a text, also those that ship none", () => {
    const notices = text("notices.txt");
    for (const name of [
      "@jupyterlab/notebook",
      "@lumino/widgets",
      "@deck.gl/core",
      "plotly.js-dist-min",
      "mathjax-full",
    ])
      assert.match(notices, new RegExp(`^${name.replace("/", "\\/")} \\d`, "m"));
    for (const part of notices.split(/^-{80}$/m).slice(1)) assert.ok(part.trim().length > 300, part);
  });
});

describe("what a notebook says of itself", () => {
  const cells = (...sources: string[]) => ({ cells: sources.map((source) => ({ cell_type: "markdown", source })) });

  test("its heading, and the first sentence below it, without marks", () => {
    const notebook = cells(
      "# First *light*\n\nThis **notebook** takes you to [maps](x.ipynb), in about\nfive minutes of `time`. And more.",
    );
    assert.deepEqual(introduction("a.ipynb", notebook), {
      title: "First light",
      sentence: "This notebook takes you to maps, in about five minutes of time.",
    });
  });

  test("two sentences where the first says little", () => {
    assert.equal(
      introduction("a.ipynb", cells("# A\n\nOne function is a start. This notebook runs many. A third.")).sentence,
      "One function is a start. This notebook runs many.",
    );
  });

  test("the file's name where there is no heading, and no sentence where there is no text", () => {
    assert.deepEqual(introduction("a.ipynb", { cells: [] }), { title: "a", sentence: "" });
  });
});
