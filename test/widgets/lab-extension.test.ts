import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, test } from "node:test";
import { installExtensions } from "../../kernelspec/extensions.ts";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { widgetMime } from "../../widgets/widget-payload.ts";
import { closeChromium, defineTable, launchChromium, needsChromium, removeTables } from "./table-page.ts";

const built = existsSync(join(packageRoot, "dist", "extensions"))
  ? needsChromium
  : { skip: "needs a build (npm run build)" };

after(async () => {
  await closeChromium();
  removeTables();
});

/** What JupyterLab's page does with an extension that was built before: a script, a share scope, a module, its plugins. */
test(
  "the extension for JupyterLab is loaded as JupyterLab loads one, and its renderer shows a stored table",
  built,
  async () => {
    const prefix = mkdtempSync(join(tmpdir(), "fused-lab-"));
    installExtensions({ data: prefix, config: join(prefix, "etc") });
    const folder = join(prefix, "labextensions", "fused-kernel");
    const { jupyterlab } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      jupyterlab: { _build: { load: string; extension: string } };
    };
    const server = createServer((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/lab/extensions/fused-kernel", "");
      const file = join(folder, path);
      response.setHeader("Content-Type", extname(path) === ".js" ? "text/javascript" : "text/html");
      response.end(path === "/" ? "<!doctype html><body></body>" : existsSync(file) ? readFileSync(file) : "");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { id, spec } = await defineTable([
      { town: "Oslo", people: 709_000 },
      { town: "Bergen", people: 291_000 },
    ]);
    const page = await (await launchChromium()).newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(`${origin}/`);
    await page.addScriptTag({ url: `${origin}/lab/extensions/fused-kernel/${jupyterlab._build.load}` });
    const found = await page.evaluate(
      async ({ module, mime, payload }) => {
        const factories: { mimeTypes: string[]; safe: boolean; createRenderer(options: object): never }[] = [];
        class Widget {
          node = document.createElement("div");
          addClass() {}
          dispose() {}
        }
        const tokens = { IRenderMimeRegistry: "rendermime" };
        const share = (exports: object) => ({ "4.6.4": { get: async () => () => exports } });
        type Container = {
          init(scope: object): void;
          get(name: string): Promise<() => { default: { activate: Function }[] }>;
        };
        const container = (globalThis as unknown as { _JUPYTERLAB: Record<string, Container> })._JUPYTERLAB[
          "fused-kernel"
        ]!;
        container.init({ "@lumino/widgets": share({ Widget }), "@jupyterlab/rendermime": share(tokens) });
        const [plugin] = (await container.get(module))().default;
        plugin!.activate({}, { addFactory: (factory: never) => factories.push(factory) });
        const [factory] = factories;
        const widget = factory!.createRenderer({ mimeType: mime }) as Widget & {
          renderModel(model: object): Promise<void>;
        };
        document.body.append(widget.node);
        widget.node.style.width = "600px";
        await widget.renderModel({ data: { [mime]: payload }, metadata: {}, trusted: false });
        return { mimeTypes: factory!.mimeTypes, safe: factory!.safe };
      },
      {
        module: jupyterlab._build.extension,
        mime: widgetMime,
        payload: { version: 1, widgets: [{ id, kind: "table", spec, height: 200 }] },
      },
    );
    assert.deepEqual(found, { mimeTypes: [widgetMime], safe: true });
    await page.locator("tbody td", { hasText: "Bergen" }).waitFor();
    await page.close();
    server.close();
  },
);
