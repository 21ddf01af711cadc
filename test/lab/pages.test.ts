import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { temporary } from "./lab-process.ts";
import { openTestLab, token } from "./open-lab.ts";
import { ask } from "./raw-request.ts";

/** A build as lab/app makes it, of a few lines. */
const built = temporary("built");
const script = "export const lab = 1; // ".padEnd(2000, "x");
mkdirSync(join(built, "assets"));
mkdirSync(join(built, "themes", "@acme", "dusk"), { recursive: true });
const write = (path: string, content: string | Buffer) => writeFileSync(join(built, path), content);
write("assets/main-ABCDEF12.js", script);
write("assets/main-ABCDEF12.js.br", brotliCompressSync(script));
write("assets/main-ABCDEF12.js.gz", gzipSync(script));
write("logo.svg", "<svg/>");
write("themes/@acme/dusk/index.css", "body { color: gray }");
write("page.html", '<script id="jupyter-config-data" type="application/json">__PAGE_CONFIG__</script>');
write("schemas.json", JSON.stringify([{ id: "@acme/dusk:plugin", version: "1.0.0", schema: { type: "object" } }]));
write(
  "build.json",
  JSON.stringify({
    ...{ version: "4.6.4", page: "page.html", schemas: "schemas.json", pageConfig: { appName: "the lab" } },
    themes: { "@acme/dusk": "themes/@acme/dusk/index.css" },
  }),
);

const lab = await openTestLab({ staticFolder: built });
const unbuilt = await openTestLab({ staticFolder: join(built, "nowhere") });
const headers = { Authorization: `token ${token}` };
const configOf = async (path: string): Promise<Record<string, unknown>> => {
  const { body } = await ask(lab.url, "GET", path, headers);
  return JSON.parse(/application\/json">(.*)<\/script>/.exec(body)![1]!) as Record<string, unknown>;
};

describe("pages", () => {
  test("/lab has all documents, /doc/tree has one, a workspace has its name", async () => {
    const all = await configOf("/lab");
    assert.deepEqual(
      [all.mode, all.treePath, all.workspace, all.appName],
      ["multiple-document", "", "default", "the lab"],
    );
    assert.equal((await configOf("/lab/tree/sub/Gr%C3%B6%C3%9Fe%201.ipynb")).treePath, "sub/Größe 1.ipynb");
    const one = await configOf("/doc/tree/a.ipynb");
    assert.deepEqual([one.mode, one.treePath], ["single-document", "a.ipynb"]);
    const mine = await configOf("/lab/workspaces/mine/tree/a.ipynb");
    assert.deepEqual([mine.workspace, mine.treePath], ["mine", "a.ipynb"]);
    const second = await configOf("/doc/workspaces/auto-D/tree/a.ipynb?reset=1");
    assert.deepEqual([second.mode, second.workspace, second.treePath], ["single-document", "auto-D", "a.ipynb"]);
  });

  test("no path can end the element that holds the configuration", async () => {
    const { body } = await ask(lab.url, "GET", "/lab/tree/%3C%2Fscript%3E%3Cscript%3Ealert(1)", headers);
    assert.equal(body.match(/<\/?script/g)!.length, 2);
    assert.equal((await configOf("/lab/tree/%3Cb%3E$&.ipynb")).treePath, "<b>$&.ipynb");
  });

  test("/, /tree and Notebook's addresses lead to the lab", async () => {
    for (const [from, to] of [
      ["/", "/lab"],
      ["/tree", "/lab"],
      ["/notebooks/a%20b.ipynb", "/lab/tree/a%20b.ipynb"],
    ]) {
      assert.equal((await ask(lab.url, "GET", from!, headers)).headers.location, to);
    }
  });

  test("where JupyterLab has not been built, a page says how, and the API works", async () => {
    const page = await ask(unbuilt.url, "GET", "/lab", { ...headers, Accept: "text/html" });
    assert.equal(page.status, 503);
    assert.match(page.body, /npm run build/);
    assert.equal((await ask(unbuilt.url, "GET", "/api/contents", headers)).status, 200);
    assert.deepEqual((await ask(unbuilt.url, "GET", "/lab/api/settings", headers)).json, { settings: [] });
  });
});

describe("built files", () => {
  const path = "/static/lab/assets/main-ABCDEF12.js";
  const get = (encoding: string, more = {}) =>
    fetch(lab.url + path, { headers: { "Accept-Encoding": encoding, ...more } });

  test("need no login, say what they are, and are kept for ever under a name with a hash", async () => {
    const { status, headers: said } = await get("identity");
    assert.equal(status, 200);
    assert.match(said.get("content-type")!, /^text\/javascript/);
    assert.equal(said.get("cache-control"), "public, max-age=31536000, immutable");
    const page = await fetch(`${lab.url}/static/lab/logo.svg`);
    assert.equal(page.headers.get("cache-control"), "no-cache");
    assert.match(page.headers.get("content-type")!, /^image\/svg\+xml/);
  });

  test("come as they were compressed when they were built", async () => {
    for (const [accepted, encoding] of [
      ["gzip, deflate, br", "br"],
      ["gzip", "gzip"],
      ["identity", null],
      ["xbr", null],
    ]) {
      const response = await get(accepted!);
      assert.equal(response.headers.get("content-encoding"), encoding);
      assert.equal(response.headers.get("vary"), "Accept-Encoding");
      assert.equal(await response.text(), script);
    }
  });

  test("are not sent again where the browser has them", async () => {
    const etag = (await get("br")).headers.get("etag")!;
    assert.equal((await get("br", { "If-None-Match": etag })).status, 304);
  });

  test("a theme is found by its package", async () => {
    const theme = `/lab/api/themes/${encodeURIComponent("@acme/dusk")}/index.css`;
    assert.match((await ask(lab.url, "GET", theme, headers)).body, /color: gray/);
    assert.match((await ask(lab.url, "GET", "/lab/api/themes/@acme/dusk/index.css", headers)).body, /color: gray/);
    assert.equal((await ask(lab.url, "GET", "/lab/api/themes/@acme/none/index.css", headers)).status, 404);
  });
});

test("settings, which are JSON with comments, are kept for the next time", async () => {
  const path = `/lab/api/settings/${encodeURIComponent("@acme/dusk:plugin")}`;
  const put = (raw: string) => ask(lab.url, "PUT", path, headers, JSON.stringify({ raw }));
  const { json } = await ask(lab.url, "GET", "/lab/api/settings", headers);
  assert.deepEqual(
    (json.settings as { id: string; raw: string }[]).map(({ id, raw }) => [id, raw]),
    [["@acme/dusk:plugin", "{}"]],
  );
  const raw = "{\n  // mine\n  a: 1,\n}";
  assert.equal((await put(raw)).status, 204);
  const saved = (await ask(lab.url, "GET", "/lab/api/settings/@acme/dusk:plugin", headers)).json;
  assert.equal(saved.raw, raw);
  assert.deepEqual(saved.settings, { a: 1 });
  assert.equal((await put("{ no")).status, 400);
  assert.equal((await ask(lab.url, "GET", "/lab/api/settings/no:such", headers)).status, 404);
});
