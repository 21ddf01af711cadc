import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { installForJupyter, needsPython, python } from "./debian-jupyter.ts";

const run = promisify(execFile);
const tutorials = globSync("notebooks/[0-9]*.ipynb", { cwd: packageRoot }).sort();
/** The documentation's snippets, beside the tutorials. */
const seeds = "notebooks/seeds.ipynb";
const out = mkdtempSync(join(tmpdir(), "fused-tutorials-"));
/** Every run with an empty cache of its own: a cached result says so. */
const freshCache = () => ({ FUSED_CACHE_DIRECTORY: mkdtempSync(join(out, "cache-")) });

interface Notebook {
  cells: { cell_type: string; source: string[]; outputs?: Record<string, unknown>[] }[];
}

type Output = Record<string, unknown>;

/** What a cell put out, without what differs from run to run: times, and the pictures' bytes. */
function outputs(path: string): unknown[] {
  const { cells } = JSON.parse(readFileSync(path, "utf8")) as Notebook;
  return cells
    .filter((cell) => cell.cell_type === "code")
    .map((cell) =>
      withJoinedStreams(cell.outputs!).map((output) => {
        const text = JSON.stringify(output.text ?? (output.data as Output)?.["text/plain"] ?? output.traceback);
        return {
          type: output.output_type,
          mimes: Object.keys(output.data ?? {}).sort(),
          text: text?.replace(/[\d.,]+ (ms|s|µs|min)\b/g, "TIME"),
        };
      }),
    );
}

/** Lines that came one after the other as one text: whether a client joins them is its own affair. */
function withJoinedStreams(all: Output[]): Output[] {
  const joined: Output[] = [];
  for (const output of all) {
    const last = joined.at(-1);
    const continues = output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name;
    if (continues) last.text = [last.text, output.text].flat();
    else joined.push({ ...output });
  }
  return joined;
}

for (const tutorial of [...tutorials, seeds]) {
  const name = basename(tutorial);
  const ours = join(out, name);

  test(`${name} runs through fused-kernel run, and gives the outputs it is committed with`, async () => {
    const bin = join(packageRoot, "bin", "fused-kernel.js");
    await run(process.execPath, [bin, "run", tutorial, "-o", ours, "--html", `${ours}.html`, "--timeout", "60"], {
      cwd: packageRoot,
      env: { ...process.env, ...freshCache() },
    });
    assert.deepEqual(outputs(ours), outputs(join(packageRoot, tutorial)));
    const page = readFileSync(`${ours}.html`, "utf8");
    assert.doesNotMatch(page, /<(?:script|link|img)[^>]+(?:src|href)="https?:/, "the page needs no network");
  });
  if (tutorial === seeds) continue;

  test(`${name} gives the same through Debian's nbclient`, needsPython(["nbclient"], "python3-nbclient"), async () => {
    const theirs = join(out, `nbclient-${name}`);
    const code = `import nbformat, nbclient, sys
nb = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(nb, timeout=120, kernel_name="fused-ts", resources={"metadata": {"path": sys.argv[3]}}).execute()
nbformat.validate(nb)
nbformat.write(nb, sys.argv[2])`;
    const folder = join(packageRoot, "notebooks");
    await run(python, ["-c", code, join(packageRoot, tutorial), theirs, folder], {
      env: { ...installForJupyter(), ...freshCache() },
    });
    assert.deepEqual(outputs(theirs), outputs(ours));
  });

  const needsConsole = needsPython(["jupyter_console", "pexpect"], "jupyter-console python3-pexpect");
  test(`${name} runs in jupyter-console`, needsConsole, async () => {
    const script = join(packageRoot, "test", "e2e", "console.py");
    const { stdout } = await run(python, [script, join(packageRoot, tutorial)], {
      cwd: join(packageRoot, "notebooks"),
      env: { ...installForJupyter(), ...freshCache() },
      maxBuffer: 1 << 28,
    });
    // Each short text result of the notebook stands on the console's screen as well.
    const squeezed = stdout.replace(/\s+/g, "");
    for (const output of (JSON.parse(readFileSync(ours, "utf8")) as Notebook).cells.flatMap(
      (cell) => cell.outputs ?? [],
    )) {
      const data = output.data as Record<string, string[]> | undefined;
      const text = [data?.["text/plain"] ?? []].flat().join("");
      if (output.output_type !== "execute_result" || text.length > 60) continue;
      assert.ok(squeezed.includes(text.replace(/\s+/g, "")), text);
    }
  });
}

test("nbformat calls what we write valid", needsPython(["nbformat"], "python3-nbformat"), () => {
  for (const tutorial of [...tutorials, seeds]) {
    const code = "import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], nbformat.NO_CONVERT))";
    execFileSync(python, ["-c", code, join(packageRoot, tutorial)]);
  }
});
