import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";

const { run } = await openTestKernel();

test("F007 %fused packages lists what a UDF may import; importing another fails and says where to ask", async () => {
  const { stdout } = await run("%fused packages");
  for (const name of ["apache-arrow", "h3-js", "hyparquet"]) assert.match(stdout, new RegExp(`^ {2}${name}$`, "m"));
  assert.match((await run("const names = %fused packages\nnames.includes('h3-js')")).result!, /true/);
});

test("%fused options lists, shows and sets", async () => {
  assert.match((await run("%fused options")).stdout, /^maxWorkers +16$/m);
  const { stdout } = await run("%fused options max_workers=4 show.open_browser=false");
  assert.match(stdout, /max_workers = 4\nshow\.open_browser = false/);
  assert.equal((await run("[fused.options.maxWorkers, fused.options.show.openBrowser]")).result, "[ 4, false ]");
  assert.match((await run("%fused options maxWorkers")).stdout, /maxWorkers = 4/);
  await run("%fused options reset maxWorkers");
  assert.equal((await run("fused.options.maxWorkers")).result, "16");
  assert.match((await run("%fused options maxWorker=4")).error, /no option "maxWorker"\. Did you mean "maxWorkers"\?/);
  assert.match((await run("%fused options maxWorkers=-1")).error, /must be an integer of at least 1/);
});

test("%fused cache ls shows what is kept, clear removes it: by UDF and by age", async () => {
  assert.match((await run("%fused cache ls")).stdout, /Nothing is kept/);
  await run("%%fused greet n:int=1\nreturn 'hello ' + n;");
  await run("const slow = fused.cache(async (x: number) => x * 2)");
  assert.equal(
    (await run("[await greet(1), await greet({ n: 2 }), await slow(4)]")).result,
    "[ 'hello 1', 'hello 2', 8 ]",
  );
  assert.match((await run("await greet(1)")).stdout, /^greet: cached, \d+ s old$/m);
  const { displays, stdout } = await run("%fused cache ls");
  assert.match(String(displays[0]!["text/plain"]), /greet/);
  assert.match(stdout, /^3 kept/);
  assert.match((await run("%fused cache clear --older-than 1d")).stdout, /Removed 0 entries/);
  assert.match((await run("%fused cache clear --udf greet")).stdout, /Removed 2 entries/);
  assert.match((await run("%fused cache clear")).stdout, /Removed 1 entry/);
});

test("%%fused run NAME is %%udf NAME --run; wrong words are told", async () => {
  const { displays, error } = await run("%%fused run rows\nreturn [{ a: 1 }];");
  assert.equal(error, "");
  assert.match(String(displays[0]!["text/plain"]), /a/);
  assert.match((await run("%fused chache")).error, /no %fused chache\. Did you mean %fused cache\?/);
  assert.match((await run("%fused")).error, /options, cache, .*packages/);
  assert.match((await run("%fused cache ls --oldr 3")).error, /no flag --oldr/);
  assert.match((await run("%fused --help")).stdout, /%fused cache clear/);
});

test("F189 %%fused map NAME is %%map_udf, %%fused cache NAME keeps what a function gives", async () => {
  await run("%%fused double n:int=1\nreturn n * 2;");
  const { displays, error } = await run("%%fused map double --max-workers 2\n[1, 2, 3]");
  assert.equal(error, "");
  assert.ok(displays.some((data) => /3 rows/.test(String(data["text/plain"]))));
  await run("%%fused map double --pool doubles\n[4, 5]");
  assert.equal((await run("await doubles.results()")).result, "[ 8, 10 ]");
  await run("let calls = 0");
  assert.equal(
    (await run("%%fused cache slow --cache-max-age 1h\nasync (x: number) => { calls++; return x * 2; }")).error,
    "",
  );
  assert.equal((await run("[await slow(4), await slow(4), calls]")).result, "[ 8, 8, 1 ]");
  assert.match((await run("%%fused cache slow\n5")).error, /the cell is one function/);
});

test("F189 what %fused does with the service says what is missing: a service, a log-in, a word", async () => {
  await run("%fused options baseUrl=http://127.0.0.1:59997/server/v1 requestMaxRetries=0");
  assert.match((await run("%fused login")).error, /does not say how to log in: .*nothing listens there/);
  assert.equal((await run("%fused logout")).stdout, "Nobody was logged in.\n");
  for (const word of ["whoami", "files", "token"])
    assert.match((await run(`%fused ${word}`)).error, /Nobody is logged in to http:.*%login/);
  assert.match((await run("%fused url")).error, /which UDF\?/);
  assert.match((await run("%fused service")).error, /npx fused-kernel service/);
  assert.match((await run("%fused secrets")).error, /fused\.api\.secrets\.set\("NAME", value\)/);
  await run("%fused options reset");
});
