import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { needsPython, python } from "../e2e/debian-jupyter.ts";
import { openClient, openTestLab } from "./open-lab.ts";

const lab = await openTestLab();
const { contents } = openClient(lab.url);
const put = (path: string, notebook: unknown) => writeFileSync(join(lab.folder, path), JSON.stringify(notebook));

/** As IPython 2 wrote it. */
const old = {
  metadata: { name: "old", signature: "sha256:0", kernelspec: { name: "fused-ts", display_name: "TypeScript" } },
  nbformat: 3,
  nbformat_minor: 0,
  worksheets: [
    {
      metadata: {},
      cells: [
        { cell_type: "heading", level: 2, metadata: {}, source: ["Two\n", "lines"] },
        { cell_type: "markdown", metadata: {}, source: ["*text*"] },
        {
          cell_type: "code",
          language: "python",
          collapsed: false,
          metadata: {},
          prompt_number: 4,
          input: ["a = 1\n", "a"],
          outputs: [
            { output_type: "stream", stream: "stderr", text: ["careful\n"] },
            { output_type: "pyout", prompt_number: 4, metadata: {}, text: ["1"], html: ["<b>1</b>\n", "<i>2</i>"] },
            { output_type: "display_data", metadata: { png: { width: 10 } }, png: "iVBORw0KGgo=" },
            { output_type: "display_data", metadata: {}, json: ['{"a":', "1}"] },
            { output_type: "pyerr", ename: "ValueError", evalue: "no", traceback: ["ValueError: no"] },
          ],
        },
      ],
    },
    { cells: [{ cell_type: "raw", metadata: {}, source: "as it is" }] },
  ],
};

describe("a notebook of an older format", () => {
  test("format 3 opens as format 4, the file stays as it is, and is format 4 when it is saved", async () => {
    put("old.ipynb", old);
    const { content } = await contents.get("old.ipynb");
    assert.deepEqual(
      content.cells.map(({ cell_type, source }: { cell_type: string; source: string }) => [cell_type, source]),
      [
        ["markdown", "## Two lines"],
        ["markdown", "*text*"],
        ["code", "a = 1\na"],
        ["raw", "as it is"],
      ],
    );
    assert.deepEqual(content.cells[2].outputs, [
      { output_type: "stream", name: "stderr", text: "careful\n" },
      {
        ...{ output_type: "execute_result", execution_count: 4, metadata: {} },
        data: { "text/plain": "1", "text/html": "<b>1</b>\n<i>2</i>" },
      },
      { output_type: "display_data", metadata: { "image/png": { width: 10 } }, data: { "image/png": "iVBORw0KGgo=" } },
      { output_type: "display_data", metadata: {}, data: { "application/json": { a: 1 } } },
      { output_type: "error", ename: "ValueError", evalue: "no", traceback: ["ValueError: no"] },
    ]);
    assert.equal(content.cells[2].execution_count, 4);
    // From which the page tells its reader that the notebook was converted.
    assert.deepEqual([content.nbformat, content.metadata.orig_nbformat], [4, 3]);
    assert.equal(JSON.parse(readFileSync(join(lab.folder, "old.ipynb"), "utf8")).nbformat, 3);

    await contents.save("old.ipynb", { type: "notebook", format: "json", content });
    const saved = JSON.parse(readFileSync(join(lab.folder, "old.ipynb"), "utf8"));
    assert.deepEqual([saved.nbformat, saved.metadata], [4, { kernelspec: old.metadata.kernelspec }]);
  });

  test("it becomes what nbformat makes of it", needsPython(["nbformat"], "python3-nbformat"), async () => {
    put("both.ipynb", old);
    const ours = (await contents.get("both.ipynb")).content;
    const program = "import json, sys, nbformat; print(json.dumps(nbformat.read(sys.argv[1], as_version=4)))";
    const theirs = JSON.parse(
      execFileSync(python, ["-W", "ignore", "-c", program, join(lab.folder, "both.ipynb")], { encoding: "utf8" }),
    );
    // Ids are made up, and with them the minor version; html was no list of lines in nbformat's hands.
    for (const cell of theirs.cells) delete cell.id;
    assert.deepEqual({ ...ours, nbformat_minor: 5 }, theirs);
  });

  test("format 2 and format 5 are refused, with what to do", async () => {
    put("two.ipynb", { nbformat: 2, worksheets: [], metadata: {} });
    await assert.rejects(contents.get("two.ipynb"), /format 2, from before 2013\. Convert it/);
    put("five.ipynb", { nbformat: 5, nbformat_minor: 0, cells: [], metadata: {} });
    await assert.rejects(contents.get("five.ipynb"), /format 5, which is newer than this lab/);
  });

  test("a minor version that is not known yet is kept, with what it brings", async () => {
    const cell = { cell_type: "code", id: "a", source: "1", metadata: {}, outputs: [], execution_count: null };
    put("minor.ipynb", { nbformat: 4, nbformat_minor: 9, cells: [{ ...cell, novelty: 1 }], metadata: {} });
    const { content } = await contents.get("minor.ipynb");
    assert.equal(content.cells[0].novelty, 1);
    await contents.save("minor.ipynb", { type: "notebook", format: "json", content });
    const saved = JSON.parse(readFileSync(join(lab.folder, "minor.ipynb"), "utf8"));
    assert.deepEqual([saved.nbformat_minor, saved.cells[0].novelty], [9, 1]);
  });

  test("what tools leave out is filled in", async () => {
    put("bare.ipynb", { nbformat: 4, cells: [{ cell_type: "code", source: "1" }] });
    assert.deepEqual((await contents.get("bare.ipynb")).content, {
      ...{ nbformat: 4, nbformat_minor: 0, metadata: {} },
      cells: [{ cell_type: "code", source: "1", outputs: [], execution_count: null, metadata: {} }],
    });
  });
});
