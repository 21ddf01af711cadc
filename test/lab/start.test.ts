import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { Signatures } from "../../lab/server/contents/signatures.ts";
import { copyTutorials } from "../../scripts/working-copy.ts";

const home = mkdtempSync(join(tmpdir(), "fused-start-"));
const state = join(home, "state");
after(() => rmSync(home, { recursive: true, force: true }));

test("npm start serves a working copy of the tutorials, prints its link, and ends with Ctrl-C", async () => {
  const child = spawn(process.execPath, [join(packageRoot, "scripts", "start.js"), "--no-browser", "--port", "0"], {
    env: { ...process.env, FUSED_LAB_STATE_DIRECTORY: state },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let link: string | undefined;
  for await (const line of createInterface(child.stdout)) if ((link = /^Lab: (\S+)$/.exec(line)?.[1])) break;
  assert.ok(link);
  const login = await fetch(link, { redirect: "manual" });
  const cookie = login.headers.getSetCookie().map((each) => each.split(";")[0]);
  const folder = await fetch(new URL("/api/contents/?content=1", link), { headers: { Cookie: cookie.join("; ") } });
  const { content } = (await folder.json()) as { content: { path: string }[] };
  assert.ok(content.some(({ path }) => path === "01-first-light.ipynb"));
  assert.ok(existsSync(join(packageRoot, "out", "notebooks", "01-first-light.ipynb")));
  child.kill("SIGINT");
  assert.equal(await ended, 0);
});

test("a copy that its reader has changed stays; the others follow their tutorial; all are trusted", async () => {
  const [from, to] = [join(home, "tutorials"), join(home, "copies")];
  mkdirSync(from);
  for (const name of ["a", "b", "c"]) writeFileSync(join(from, `${name}.ipynb`), `first ${name}`);
  const copy = () => copyTutorials(from, to, state);
  const text = (name: string) => readFileSync(join(to, `${name}.ipynb`), "utf8");
  assert.deepEqual(await copy(), []);
  assert.equal(text("a"), "first a");
  assert.ok(await new Signatures(state).has(Buffer.from("first a")));

  writeFileSync(join(to, "b.ipynb"), "mine");
  rmSync(join(to, "c.ipynb"));
  assert.deepEqual(await copy(), []);
  assert.deepEqual([text("b"), text("c")], ["mine", "first c"]);

  for (const name of ["a", "b"]) writeFileSync(join(from, `${name}.ipynb`), `second ${name}`);
  assert.deepEqual(await copy(), ["b.ipynb"]);
  assert.deepEqual([text("a"), text("b")], ["second a", "mine"]);
  rmSync(join(to, "b.ipynb"));
  assert.deepEqual(await copy(), []);
  assert.equal(text("b"), "second b");
});
