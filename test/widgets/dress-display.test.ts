import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dressDisplay } from "../../kernel/widgets/dress-display.ts";
import { launcherOf } from "../../kernel/widgets/launcher.ts";
import { pageCode } from "../../kernel/widgets/page-code.ts";
import type { StoredView, WidgetViews } from "../../kernel/widgets/widget-views.ts";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { widgetMime } from "../../widgets/widget-payload.ts";

const built = existsSync(join(packageRoot, "dist", "widgets", "loaders"))
  ? {}
  : { skip: "needs a build (npm run build)" };
const widgetView = "application/vnd.jupyter.widget-view+json";
const id = "11111111-2222-3333-4444-555555555555";
const server = launcherOf(`/run/user/0/jupyter/kernel-${id}.json`, {});
const nobody: WidgetViews = {
  areDrawn: () => false,
  probe() {},
  open: () => assert.fail("no view is asked for"),
  comm: async () => false,
};
const bundle = {
  data: {
    [widgetMime]: { version: 1, widgets: [{ id: 'w"1', kind: "map", spec: { secret: "spec" }, height: 400 }] },
    "text/html": "<img>",
    "image/png": "AAAA",
    "text/plain": "Map: one",
  },
  metadata: {},
};

test("who started a kernel is told by its connection file and the environment", () => {
  assert.deepEqual(server, { hasOnlyWidgets: false, kernelId: id });
  assert.deepEqual(launcherOf("/tmp/tmpab12.json", {}), { hasOnlyWidgets: false });
  assert.deepEqual(launcherOf("/tmp/kernel-v2-77abc.json", { VSCODE_PID: "7" }), { hasOnlyWidgets: true });
  assert.deepEqual(launcherOf(`/tmp/kernel-${id}.json`, { COLAB_RELEASE_TAG: "r" }), { hasOnlyWidgets: true });
});

test("on a Jupyter server's pages a display's HTML has the loader, and no spec", built, () => {
  const { data } = dressDisplay(bundle, {}, server, nobody);
  const html = String(data["text/html"]);
  assert.match(html, /^<div data-fused-display="/);
  assert.match(html, /<img><\/div>\n<script>/);
  assert.doesNotMatch(html, /secret/);
  assert.equal(widgetView in data, false);
  const given = /data-fused-display="([^"]*)"/.exec(html)![1]!.replaceAll("&quot;", '"');
  assert.deepEqual(JSON.parse(given), { kernel: id, widgets: [{ id: 'w"1', kind: "map", height: 400 }] });
  assert.ok(html.length < 6_000, `${html.length} letters`);
});

test("where ipywidgets are all that there is, a display is a model of anywidget as well", built, () => {
  const opened: StoredView[] = [];
  const views: WidgetViews = { ...nobody, areDrawn: () => true, open: (view) => (opened.push(view), "model-1") };
  const { data } = dressDisplay(bundle, {}, launcherOf("/tmp/x.json", { VSCODE_PID: "1" }), views);
  assert.deepEqual(Object.keys(data), [widgetMime, widgetView, "text/html", "image/png", "text/plain"]);
  assert.deepEqual(data[widgetView], { version_major: 2, version_minor: 0, model_id: "model-1" });
  assert.equal(data["text/html"], "<img>");
  assert.deepEqual(opened, [{ widgets: [{ id: 'w"1', kind: "map", height: 400 }], picture: "AAAA", text: "Map: one" }]);
});

test("what only calls itself a display passes as it is", () => {
  for (const value of [null, 7, { version: 2 }, { version: 1, widgets: "x" }, { version: 1, widgets: [null, {}] }]) {
    const odd = { data: { [widgetMime]: value, "text/html": "<b>" }, metadata: {} };
    assert.equal(dressDisplay(odd, {}, server, nobody), odd);
  }
});

test("the kernel hands out the displays' code and no other file", built, async () => {
  const { files, buffers } = await pageCode("front.js");
  assert.equal(files.at(-1), "front.js");
  assert.equal(buffers.length, files.length);
  const all = new Set(files);
  assert.deepEqual((await pageCode("front.js", all)).files, []);
  await assert.rejects(pageCode("../../package.json"), /no file of the displays' code/);
  await assert.rejects(pageCode("missing.js"), /ENOENT/);
});
