import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dealer, Subscriber } from "zeromq";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { channelAddress } from "../../kernel/connection-file.ts";
import { createConnectionFile } from "../../kernel/create-connection-file.ts";
import { decodeMessage, encodeMessage } from "../../kernel/wire.ts";
import type { Message } from "../../kernel/wire.ts";
import { ownLaunch, spawnKernel } from "../../kernelspec/kernel-process.ts";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { widgetMime } from "../../widgets/widget-payload.ts";
import type { WidgetPayload } from "../../widgets/widget-payload.ts";

export const chromiumPath = "/usr/bin/chromium";
/** `{}` where a browser is there, else the reason to skip. */
export const needsChromium = existsSync(chromiumPath) ? {} : { skip: "needs chromium (apt install chromium)" };

/** What a cell gave. */
export interface Ran {
  status: string;
  /** `data` of its displays and its result. */
  bundles: Record<string, unknown>[];
  text: string;
}

/** A real kernel, and pages on which its displays are alive: comm messages go between them over a WebSocket. */
export interface WidgetLab {
  run(code: string): Promise<Ran>;
  /** Sends a cell and does not wait. */
  start(code: string): Promise<Ran>;
  /** A page that shows a bundle as a notebook would. */
  open(bundle: Record<string, unknown>, options?: PageOptions): Promise<Page>;
  /** Ends the kernel; pages learn of it. */
  endKernel(): Promise<void>;
  close(): Promise<void>;
  /** Addresses that pages have asked for. */
  requested: string[];
}

export interface PageOptions {
  theme?: "light" | "dark";
  /** Views jump, as for people who asked for less motion. */
  isStill?: boolean;
  width?: number;
  height?: number;
  /** More bundles under the first. */
  others?: Record<string, unknown>[];
  /** Script that runs on the page before all else. */
  before?: string;
  /** Module in the place of the one that shows the bundles. */
  script?: string;
}

export const chromiumFlags = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
];

export async function openWidgetLab(): Promise<WidgetLab> {
  const cwd = mkdtempSync(join(tmpdir(), "fused-widgets-"));
  const connection = await createConnectionFile("fused-ts");
  const kernel = await spawnKernel(
    ownLaunch(cwd, { FUSED_CACHE_DIRECTORY: join(cwd, "cache"), FUSED_HISTORY_FILE: join(cwd, "history.jsonl") }),
    connection.path,
  );
  const { info } = connection;
  const session = randomUUID();
  const shell = new Dealer({ linger: 0, routingId: session });
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  shell.connect(channelAddress(info, info.shell_port));
  iopub.connect(channelAddress(info, info.iopub_port));
  iopub.subscribe();
  const replies = new Map<string, (message: Message) => void>();
  const idles = new Map<string, () => void>();
  const outputs = new Map<string, Ran>();
  const sockets = new Set<WebSocket>();
  let sending = Promise.resolve();

  const send = (type: string, content: Record<string, unknown>): string => {
    const id = randomUUID();
    const header = {
      msg_id: id,
      msg_type: type,
      session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.4",
    };
    const frames = encodeMessage(info.key, {
      identities: [],
      header,
      parent_header: {},
      metadata: {},
      content,
      buffers: [],
    });
    sending = sending.then(() => shell.send(frames)).catch(() => {});
    return id;
  };
  void (async () => {
    for await (const frames of shell) {
      const message = decodeMessage(info.key, frames);
      replies.get(message.parent_header.msg_id ?? "")?.(message);
    }
  })();
  void (async () => {
    for await (const frames of iopub) {
      const message = decodeMessage(info.key, frames);
      hear(message);
    }
  })();

  function hear({ header, parent_header, metadata, content, buffers }: Message): void {
    const { msg_type: type } = header;
    const id = parent_header.msg_id ?? "";
    if (type === "status" && content["execution_state"] === "idle") idles.get(id)?.();
    const ran = outputs.get(id);
    if (ran && (type === "display_data" || type === "execute_result" || type === "update_display_data"))
      ran.bundles.push(content["data"] as Record<string, unknown>);
    if (ran && type === "stream") ran.text += String(content["text"]);
    if (ran && type === "error") ran.text += (content["traceback"] as string[]).join("\n");
    if (!type.startsWith("comm_")) return;
    const head = Buffer.from(JSON.stringify({ type, content, metadata, sizes: buffers.map(({ length }) => length) }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    for (const socket of sockets) socket.send(Buffer.concat([length, head, ...buffers]));
  }

  const start = async (code: string): Promise<Ran> => {
    const ran: Ran = { status: "", bundles: [], text: "" };
    const id = send("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false,
    });
    outputs.set(id, ran);
    const idle = new Promise<void>((resolve) => idles.set(id, resolve));
    const reply = await new Promise<Message>((resolve) => replies.set(id, resolve));
    await idle;
    ran.status = String(reply.content["status"]);
    return ran;
  };
  // The first answer says that the sockets stand.
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const id = send("kernel_info_request", {});
      idles.set(id, () => {
        clearInterval(timer);
        resolve();
      });
    }, 100);
  });

  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    if (path === "/favicon.ico") return void response.writeHead(204).end();
    const file = path.startsWith("/widgets/") ? join(packageRoot, "dist", path) : undefined;
    if (file && !existsSync(file)) return void response.writeHead(404).end();
    response.setHeader("Content-Type", file ? "text/javascript" : "text/html");
    response.end(file ? readFileSync(file) : (pages.get(path) ?? ""));
  });
  const pages = new Map<string, string>();
  const bridge = new WebSocketServer({ server });
  bridge.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("message", (data) => {
      const { type, content } = JSON.parse(String(data)) as { type: string; content: Record<string, unknown> };
      send(type, content);
    });
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const requested: string[] = [];
  let browser: Browser | undefined;

  return {
    requested,
    start,
    run: start,
    async open(bundle, { theme = "light", width = 900, height = 520, others = [], before, script, isStill } = {}) {
      browser ??= await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
      const page = await browser.newPage({
        viewport: { width, height },
        reducedMotion: isStill ? "reduce" : "no-preference",
      });
      page.on("pageerror", (error) => console.error("page:", error));
      page.on("console", (message) => message.type() === "error" && console.error("page:", message.text()));
      page.on("request", (request) => requested.push(request.url()));
      if (before !== undefined) await page.addInitScript(before);
      const path = `/${randomUUID()}`;
      pages.set(path, pageHtml([bundle, ...others], theme, script));
      await page.goto(`http://127.0.0.1:${port}${path}`);
      return page;
    },
    async endKernel() {
      kernel.signal("SIGKILL");
      await kernel.ended;
      for (const socket of sockets) socket.terminate();
      bridge.close();
    },
    async close() {
      await browser?.close();
      for (const socket of sockets) socket.terminate();
      bridge.close();
      server.close();
      kernel.signal("SIGTERM");
      await kernel.ended;
      connection.remove();
      shell.close();
      iopub.close();
    },
  };
}

/** The payload of a live display in a bundle. */
export function payloadOf(bundle: Record<string, unknown>): WidgetPayload {
  return bundle[widgetMime] as WidgetPayload;
}

function pageHtml(bundles: Record<string, unknown>[], theme: string, script: string = pageScript): string {
  const given = bundles.map((bundle) => ({ payload: bundle[widgetMime], picture: bundle["image/png"] }));
  const background = theme === "dark" ? "#111" : "#fff";
  return `<!doctype html><html data-theme="${theme}"><meta charset="utf-8"><title>widgets</title>
<body style="margin: 12px; background: ${background}">${bundles.map((_, i) => `<div id="host-${i}" style="margin-bottom: 12px"></div>`).join("")}
<script type="application/json" id="given">${JSON.stringify(given).replaceAll("<", "\\u003c")}</script>
<script type="module">${script.replaceAll("</script", "<\\/script")}</script>`;
}

/** Comms over the bridge, as a front end would provide them. */
const pageScript = `
import { showWidgets } from "/widgets/front.js";
const socket = new WebSocket("ws://" + location.host);
socket.binaryType = "arraybuffer";
const lines = new Map();
const listeners = new Set();
const ready = new Promise((resolve) => { socket.onopen = () => resolve(true); socket.onerror = () => resolve(false); });
socket.onclose = () => listeners.forEach((listener) => listener(false));
socket.onmessage = ({ data }) => {
  const length = new DataView(data).getUint32(0, true);
  const { type, content, sizes } = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  const line = lines.get(content.comm_id);
  if (!line) return;
  let at = 4 + length;
  const buffers = sizes.map((size) => { const view = new DataView(data, at, size); at += size; return view; });
  if (type === "comm_msg") line.message(content.data, buffers);
  if (type === "comm_close") line.close();
};
window.sent = [];
const send = (type, content) => { window.sent.push({ type, kind: content.data?.kind }); socket.send(JSON.stringify({ type, content })); };
const comms = {
  front: "test",
  async open(data) {
    if (!(await ready)) return undefined;
    const comm_id = crypto.randomUUID();
    const line = { message() {}, close() {} };
    lines.set(comm_id, line);
    send("comm_open", { comm_id, target_name: "fused.widget", data });
    window.ask = (kind) => send("comm_msg", { comm_id, data: { kind } });
    return {
      send: (content) => send("comm_msg", { comm_id, data: content }),
      onMessage(listener) {
        line.message = (content, buffers) => {
          if (content.kind === "counts") window.counts(content);
          listener(content, buffers);
        };
      },
      onClose(listener) { line.close = listener; },
      close() { lines.delete(comm_id); if (socket.readyState === 1) send("comm_close", { comm_id, data: {} }); },
    };
  },
  onKernel(listener) { listeners.add(listener); return () => listeners.delete(listener); },
};
/** Shows one more, as a notebook does when a cell ends. */
window.show = (given) => {
  const host = document.createElement("div");
  document.body.prepend(host);
  return showWidgets(host, given.payload, { comms, picture: given.picture });
};
window.shown = JSON.parse(document.getElementById("given").textContent).map(({ payload, picture }, i) =>
  showWidgets(document.getElementById("host-" + i), payload, { comms, picture }));
`;
