import assert from "node:assert/strict";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";
import { waitFor } from "../wait-for.ts";

const { run, cwd, client, interrupted } = await openTestKernel({ env: { SHOP_TOKEN: "abc123", PLAIN: "seen" } });

test("%who and %whos tell what cells have declared, without calling getters", async () => {
  await run("const n = 5; function add(a: number, b: number) { return a + b } class Point {} const list = [1, 2, 3]");
  assert.match((await run("%who")).stdout, /^Point {2}add {2}list {2}n\n$/);
  const { stdout } = await run("%whos");
  assert.match(stdout, /^n +number +5$/m);
  assert.match(stdout, /^list +Array +\[ 1, 2, 3 \]$/m);
  assert.match(stdout, /^Point +class /m);
  assert.equal((await run("%who number")).stdout, "n\n");
  assert.equal((await run("const names = %who class\nnames")).result, "[ 'Point' ]");
});

test("%env lists with secrets hidden, shows, sets and removes", async () => {
  const { stdout } = await run("%env");
  assert.match(stdout, /^PLAIN=seen$/m);
  assert.match(stdout, /^SHOP_TOKEN=•+$/m);
  assert.equal((await run("%env NEW=some value\nprocess.env.NEW")).result, "'some value'");
  assert.equal((await run("%env NEW")).stdout, "NEW=some value\n");
  await run("%env del NEW");
  assert.match((await run("%env NEW")).error, /NEW is not set/);
});

test("%cd changes the working folder, - goes back, and imports stay relative to the notebook", async () => {
  mkdirSync(join(cwd, "inner"));
  assert.equal((await run("%cd inner")).stdout, `${realpathSync(join(cwd, "inner"))}\n`);
  writeFileSync(join(cwd, "here.ts"), "export const here = 1;");
  assert.equal((await run('import { here } from "./here.ts"; here')).result, "1");
  assert.equal((await run("%cd -")).stdout, `${realpathSync(cwd)}\n`);
  assert.match((await run("%cd nowhere")).error, /%cd nowhere: there is no such folder/);
});

test("%timeit measures expressions and cells, async too", async () => {
  assert.match(
    (await run("%timeit -n 100 -r 3 add(1, 2)")).stdout,
    /± .* per loop \(mean ± std\. dev\. of 3 runs, 100 loops each\)/,
  );
  assert.match(
    (await run("%%timeit -n10 -r2\nlet sum = 0;\nfor (let i = 0; i < 10; i++) sum += i")).stdout,
    /2 runs, 10 loops each/,
  );
  assert.match((await run("%timeit -n 2 -r 2 await Promise.resolve(1)")).stdout, /per loop/);
  assert.match((await run("%timeit nothingOfThatName + 1")).error, /ReferenceError: nothingOfThatName/);
});

test("%%script and %%bash give the cell to a program; its failure is the cell's", async () => {
  assert.equal((await run("%%bash\necho one\necho two >&2")).stdout, "one\n");
  assert.equal((await run("%%bash a b\necho $2")).stdout, "b\n");
  assert.equal((await run("%%script cat -n\nx")).stdout.trim(), "1\tx");
  assert.match((await run("%%bash\nexit 3")).error, /%%bash: bash ended with exit code 3/);
  assert.match((await run("%%script no-such-program\nx")).error, /no program no-such-program on the PATH/);
});

test("an interrupt kills the program and what it started", async () => {
  // Other runs of this test on the machine sleep for other times.
  const [whole, last] = /(.*)(.)$/.exec(`120.${process.pid}`)!.slice(1);
  const { status, milliseconds } = await interrupted(`%%bash\nsleep ${whole}${last}\necho late`, 400);
  assert.equal(status, "error");
  assert.ok(milliseconds < 60_000, `${milliseconds} ms`);
  const look = `const left = !pgrep -f 'sleep ${whole}[${last}]' || true\nleft.length`;
  await waitFor("the end of sleep", async () => (await run(look)).result === "0");
});

test("%history shows the cells of the session", async () => {
  assert.match((await run("%history -n -g Point")).stdout, /^\d+: const n = 5; function add/);
  assert.match((await run("%history -l 2")).stdout, /-g Point\n%history -l 2\n$/);
});

test("%load_ext makes a module's magics known, with the names they declare and the values they ask for", async () => {
  writeFileSync(
    join(cwd, "shout.ts"),
    `export function registerMagics(register: (magic: object) => void): void {
      register({ name: "shout", kinds: ["line", "cell"], summary: "Says it loudly.",
        expressions: () => ({ how: "n + 1" }), declares: (line: string) => line || undefined,
        run: ({ kind, line, body, values }: any, session: any) => kind === "cell" ? body.toUpperCase() : session.print(line.toUpperCase() + values.how + "\\n") });
    }`,
  );
  assert.equal((await run("%load_ext shout.ts")).stdout, "%shout, %%shout\n");
  assert.equal((await run("%shout hello")).stdout, "HELLO6\n");
  await run("%%shout loud\nsome text");
  assert.equal((await run("loud")).result, "'SOME TEXT'");
  assert.match((await run("%lsmagic")).stdout, /%shout, %%shout +Says it loudly\./);
  assert.match((await run("%%shout --help")).stdout, /Says it loudly/);
  await run('fused.registerMagic({ name: "twice", kinds: ["line"], run: ({ line }) => line + line })');
  assert.equal((await run("const text = %twice ab\ntext")).result, "'abab'");
  assert.match((await run("fused.registerMagic({ name: 'x y' })")).error, /its name must be a word; it is "x y"/);
});

test("%reset -f forgets names and keeps modules; %reset asks", async () => {
  await run("%reset -f");
  assert.equal((await run("%who")).stdout, "No names have been declared.\n");
  assert.equal((await run("typeof n + typeof list")).result, "'undefinedundefined'");
  assert.match((await run("const after = 1\n%reset")).error, /does not take input/);
  assert.equal((await run("after")).result, "1");
});

test("%npm install makes a package importable at once, also after an import of it failed", async () => {
  mkdirSync(join(cwd, "small-package"));
  writeFileSync(
    join(cwd, "small-package", "package.json"),
    '{"name":"small-package","version":"1.0.0","main":"index.js"}',
  );
  writeFileSync(join(cwd, "small-package", "index.js"), "exports.small = 7;");
  assert.match((await run('import { small } from "small-package"')).error, /%npm install small-package/);
  const installed = await run("%npm install ./small-package");
  assert.equal(installed.status, "ok", installed.error + installed.stderr);
  assert.match(installed.stdout, /added 1 package/);
  assert.ok(existsSync(join(cwd, "node_modules", "small-package")));
  assert.equal((await run('import { small } from "small-package"; small')).result, "7");
  assert.match((await run("%npm install ./not-there")).error, /%npm install: npm ended with exit code/);
});

void client;
