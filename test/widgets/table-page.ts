import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import { WebSocketServer, type WebSocket } from "ws";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { setWidgetLink } from "../../widgets/widget-link.ts";
import type { KernelHalf, PageLine, WidgetDefinition } from "../../widgets/widget-kernel.ts";
import type { LiveTableOptions } from "../../widgets/table/live-table.ts";
import type { TableLike } from "../../widgets/table/table-source.ts";

const browserPath = "/usr/bin/chromium";
export const needsChromium = existsSync(browserPath) ? {} : { skip: "needs chromium (apt install chromium)" };

/** The table's page half in Chromium, its kernel half here, a WebSocket between them. */
export interface TablePage {
  page: Page;
  half: KernelHalf;
  /** What the kernel half said to the session. */
  toSession: { kind: string; fields: Record<string, unknown> }[];
  /** Milliseconds from the call of `mount` to the first drawn cells. */
  firstDraw: number;
  close(): Promise<void>;
}

/** What the script of the page makes global. */
interface OpensTable {
  openTable(given: { spec: object; gone: boolean }): Promise<number>;
}

let opened: Promise<Browser> | undefined;

export function launchChromium(): Promise<Browser> {
  opened ??= chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  return opened;
}

const open = new Set<TablePage>();

/** Closes the browser, and the pages that a failed test has left open. */
export async function closeChromium(): Promise<void> {
  for (const each of open) await each.close();
  await (await opened)?.close();
  opened = undefined;
}

/** Registers a display as a session does, and gives what the kernel would be told. */
export async function defineTable(value: TableLike, options: LiveTableOptions = {}): Promise<WidgetDefinition> {
  process.env.FUSED_DISPLAY_DIRECTORY ??= mkdtempSync(join(tmpdir(), "fused-tables-"));
  const { liveTable } = await import("../../widgets/table/live-table.ts");
  const { promise, resolve } = Promise.withResolvers<WidgetDefinition>();
  setWidgetLink({ register: resolve, send() {}, listen: () => () => {} });
  await liveTable(value, options);
  return promise;
}

export function removeTables(): void {
  const folder = process.env.FUSED_DISPLAY_DIRECTORY;
  if (folder) rmSync(folder, { recursive: true, force: true });
}

/**
 * @param gone there is no kernel: the page has what the notebook stores
 * @param keep the display outlives the page
 */
export async function openTablePage(
  definition: WidgetDefinition,
  { gone = false, keep = false, theme = "light", width = 1000, height = 420 } = {},
): Promise<TablePage> {
  const { tableDisplay } = await import("../../kernel/widgets/table-display.ts");
  const toSession: TablePage["toSession"] = [];
  const lines = new Set<PageLine>();
  const half = tableDisplay(definition, {
    toSession: (kind, fields = {}) => void toSession.push({ kind, fields }),
    toPages: (kind, fields, buffers) => lines.forEach((line) => line.send(kind, fields, buffers)),
    runUdf: () => Promise.reject(new Error("A table runs no UDF.")),
  });
  const script = await bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : pageHtml(theme, width, height));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => serve(socket, half, lines));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: width + 40, height: height + 60 } });
  page.on("pageerror", (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${port}/`);
  const spec = gone ? definition.spec : half.spec();
  const stored = { ...spec, preview: definition.spec.preview, previewRows: definition.spec.previewRows };
  const firstDraw = await page.evaluate((given) => (globalThis as unknown as OpensTable).openTable(given), {
    spec: stored,
    gone,
  });
  const opened: TablePage = {
    page,
    half,
    toSession,
    firstDraw,
    async close() {
      open.delete(opened);
      await page.close();
      sockets.clients.forEach((each) => each.terminate());
      sockets.close();
      await new Promise((closed) => server.close(closed));
      if (!keep) half.dispose();
    },
  };
  open.add(opened);
  return opened;
}

let bundled: Promise<string> | undefined;

export function bundle(): Promise<string> {
  bundled ??= build({
    stdin: { contents: pageScript, resolveDir: join(packageRoot, "widgets", "table", "front"), loader: "ts" },
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
  }).then(({ outputFiles }) => outputFiles[0]!.text);
  return bundled;
}

/** Messages are a JSON text, then its buffers. */
function serve(socket: WebSocket, half: KernelHalf, lines: Set<PageLine>): void {
  const line: PageLine = {
    caps: { webgl2: false, renderer: "none", maxTexture: 0, dpr: 1 },
    send(kind, fields = {}, buffers = []) {
      socket.send(JSON.stringify({ kind, fields, buffers: buffers.length }));
      for (const buffer of buffers) socket.send(buffer);
    },
  };
  lines.add(line);
  half.open?.(line);
  socket.on("message", (data) => {
    const { kind, fields } = JSON.parse(String(data)) as { kind: string; fields: Record<string, unknown> };
    void half.receive(line, kind, fields, []);
  });
  socket.on("close", () => {
    lines.delete(line);
    half.closed?.(line);
  });
}

const pageHtml = (theme: string, width: number, height: number): string => `<!doctype html><meta charset="utf-8">
<body style="margin: 20px; background: ${theme === "dark" ? "#111" : "#fff"}" data-theme="${theme}">
<div id="table" style="width: ${width}px; height: ${height}px"></div><script src="/page.js"></script>`;

const pageScript = `
import { mount } from "./index.ts";

globalThis.openTable = async ({ spec, gone }) => {
  const heard = new Set();
  const states = new Set();
  const transport = { front: "test", state: gone ? "gone" : "live", close() {},
    send() {},
    onMessage(l) { heard.add(l); return () => heard.delete(l); },
    onState(l) { states.add(l); return () => states.delete(l); } };
  if (!gone) {
    const socket = new WebSocket(location.href.replace("http", "ws"));
    socket.binaryType = "arraybuffer";
    await new Promise((open) => (socket.onopen = open));
    let head;
    let buffers = [];
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") { head = JSON.parse(data); buffers = []; }
      else buffers.push(new DataView(data));
      if (buffers.length === head.buffers) for (const l of heard) l(head.kind, head.fields, buffers);
    };
    transport.send = (kind, fields = {}) => socket.send(JSON.stringify({ kind, fields }));
    globalThis.loseKernel = () => { transport.state = "gone"; socket.close(); for (const l of states) l("gone"); };
  }
  const theme = document.body.dataset.theme;
  const env = { theme: () => theme, onTheme: () => () => {}, width: () => 0, reducedMotion: false, kept: {} };
  const host = document.getElementById("table");
  const start = performance.now();
  globalThis.table = await mount(host, transport, spec, env);
  const first = () => [...host.shadowRoot.querySelectorAll("tbody td")].some((td) => td.textContent !== "…" && td.textContent !== "");
  for (let frames = 0; frames < 300 && spec.rowCount > 0 && !first(); frames++) await new Promise((next) => requestAnimationFrame(next));
  return performance.now() - start;
};
`;
