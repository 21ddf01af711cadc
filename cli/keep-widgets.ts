import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Message } from "../kernel/wire.ts";
import type { KeptWidget } from "../widgets/front/kept-widgets.ts";
import type { LayerSpec, MapSpec, TileAnswer } from "../widgets/map/map-spec.ts";
import { tilesOver, worldBounds } from "../widgets/map/map-tiles-picture.ts";
import { widgetMime, widgetTarget } from "../widgets/widget-payload.ts";
import type { WidgetKind, WidgetPayload } from "../widgets/widget-payload.ts";
import type { TableSpec } from "../widgets/table/table-spec.ts";
import type { KernelClient } from "./kernel-client.ts";
import type { Notebook } from "./notebook-format.ts";

/** Bytes that one page takes of all widgets, packed: what is over stays a picture. */
const budget = 24 << 20;
/** What a page takes of one table: bytes as base64. */
const mostOfTable = { rows: 20_000, columns: 60, bytes: 3 << 20 };
/** How long a kernel may take for one widget, milliseconds. */
const patience = 60_000;

/**
 * Asks a kernel that is still there for what an exported page needs to show its displays alive: the data of maps' layers,
 * the tiles that their pictures were drawn of, with those above them, and the first rows of tables.
 */
export async function keepWidgets(notebook: Notebook, client: KernelClient): Promise<KeptWidget[]> {
  const kept: KeptWidget[] = [];
  let size = 0;
  for (const { widgets } of payloads(notebook)) {
    for (const { id, kind } of widgets) {
      if (kept.some((each) => each.id === id)) continue;
      const made = await (kind === "map" ? keepMap : keepTable)(id, client).catch(() => undefined);
      if (!made) continue;
      const bytes = JSON.stringify(made).length;
      if (size + bytes > budget) continue;
      size += bytes;
      kept.push(made);
    }
  }
  return kept;
}

function payloads(notebook: Notebook): WidgetPayload[] {
  return notebook.cells.flatMap((cell) => {
    if (cell.cell_type !== "code") return [];
    return cell.outputs.flatMap((output) => {
      const data = "data" in output ? output.data : {};
      const payload = data[widgetMime] as WidgetPayload | undefined;
      return payload?.version === 1 ? [payload] : [];
    });
  });
}

async function keepMap(id: string, client: KernelClient): Promise<KeptWidget | undefined> {
  const line = openLine(id, "map", client);
  try {
    const opened = await line.next((kind) => kind === "opened" || kind === "expired");
    if (opened.kind !== "opened") return undefined;
    const spec = opened.fields["spec"] as unknown as MapSpec;
    const made: KeptWidget = { id, spec: {}, data: {}, tiles: {} };
    const layers: LayerSpec[] = [];
    for (const layer of spec.layers) {
      if (layer.type === "tiles") layers.push(await keepTiles(layer, spec, line, made));
      else {
        layers.push(layer);
        made.data[layer.data] ??= await keepData(layer.data, line);
      }
    }
    // Controls, and a slider that sets a parameter, ask a kernel for other tiles.
    const { controls: _controls, time, ...rest } = spec;
    const { basemap } = spec;
    if (basemap.kind === "tiles") {
      const ground = {
        ...basemap,
        id: "basemap",
        source: "basemap",
        name: "basemap",
        type: "tiles" as const,
        style: {},
      };
      const { minZoom, maxZoom } = await keepTiles(ground, spec, line, made);
      rest.basemap = { ...basemap, minZoom, maxZoom };
    }
    made.spec = { ...rest, layers, ...(time?.field !== undefined && { time }) };
    return made;
  } finally {
    line.close();
  }
}

/** The first rows of a table, as pages of rows in its spec. */
async function keepTable(id: string, client: KernelClient): Promise<KeptWidget | undefined> {
  const line = openLine(id, "table", client);
  try {
    const opened = await line.next((kind) => kind === "opened" || kind === "expired");
    if (opened.kind !== "opened") return undefined;
    const spec = opened.fields["spec"] as unknown as TableSpec;
    const columns = spec.columns.slice(0, mostOfTable.columns).map((_column, i) => i);
    const pages: string[] = [];
    let [rows, size] = [0, 0];
    while (pages.length === 0 || (rows < Math.min(spec.rowCount, mostOfTable.rows) && size < mostOfTable.bytes)) {
      const req = pages.length + 1;
      line.send("rows", { req, start: rows, end: rows + 2_048, columns, sort: [], filter: [] });
      const { kind, fields, buffers } = await line.next((said, each) => each["req"] === req && said !== "summary.ok");
      if (kind !== "rows.ok") return undefined;
      pages.push(buffers[0]!.toString("base64"));
      size += pages.at(-1)!.length;
      rows = Math.max(rows, fields["end"] as number);
      if (rows === 0) break;
    }
    const [preview, ...morePages] = pages;
    return { id, spec: { ...spec, preview, morePages, previewRows: rows }, data: {}, tiles: {} };
  } finally {
    line.close();
  }
}

type Line = ReturnType<typeof openLine>;

async function keepData(name: string, line: Line): Promise<KeptWidget["data"][string]> {
  line.send("data", { data: name });
  const head = await line.next((kind, fields) => kind === "data" && fields["data"] === name);
  const buffers = (head.fields["sizes"] as number[]).map((size) => Buffer.alloc(size));
  let missing = buffers.reduce((sum, { length }) => sum + length, 0);
  while (missing > 0) {
    const part = await line.next((kind, fields) => kind === "data.part" && fields["data"] === name);
    for (const [i, place] of (part.fields["places"] as { buffer: number; offset: number }[]).entries()) {
      buffers[place.buffer]!.set(part.buffers[i]!, place.offset);
      missing -= part.buffers[i]!.length;
    }
  }
  return { content: head.fields["content"], buffers: buffers.map(packed) };
}

type TilesLayer = Extract<LayerSpec, { type: "tiles" }>;

/** @returns the layer, which pages are to ask for no deeper tiles of than there are */
async function keepTiles(layer: TilesLayer, spec: MapSpec, line: Line, made: KeptWidget): Promise<TilesLayer> {
  const bounds = spec.view.bounds ?? worldBounds;
  const fixed = layer.minZoom === layer.maxZoom ? layer.minZoom : undefined;
  const deepest = Math.min(layer.maxZoom, tilesOver(bounds, fixed)[0]!.z);
  const { generation = 0 } = spec as { generation?: number };
  let req = 0;
  for (let z = fixed ?? 0; z <= deepest; z++) {
    for (const { x, y } of tilesOver(bounds, z)) {
      req++;
      line.send("tile", { req, layer: layer.id, udf: layer.udf, source: layer.source, z, x, y, generation });
      const asked = req;
      const { fields, buffers } = await line.next(
        (kind, each) => kind === "tiles" && (each["tiles"] as TileAnswer[]).some((answer) => answer.req === asked),
      );
      const [answer] = fields["tiles"] as TileAnswer[];
      line.send("credit", { tiles: 1, bytes: buffers.reduce((sum, { length }) => sum + length, 0) });
      const { status, content, error } = answer!;
      if (status === "ok" || status === "error") {
        made.tiles[`${layer.id} ${z}/${x}/${y}`] = { status, content, error, bytes: buffers.map(packed) };
      }
    }
  }
  return { ...layer, minZoom: fixed ?? 0, maxZoom: deepest };
}

interface Heard {
  kind: string;
  fields: Record<string, unknown>;
  buffers: Buffer[];
}

/** A comm with one widget, as a page would open it. */
function openLine(id: string, kind: WidgetKind, client: KernelClient) {
  const comm_id = randomUUID();
  const heard: Heard[] = [];
  let wake = () => {};
  const former = client.onOutput;
  client.onOutput = (message: Message) => {
    const { content, header, buffers } = message;
    if (content["comm_id"] !== comm_id) return former(message);
    if (header.msg_type !== "comm_msg") return;
    const { kind, ...fields } = content["data"] as { kind: string };
    heard.push({ kind, fields, buffers });
    wake();
  };
  const caps = { webgl2: true, renderer: "an exported page", maxTexture: 8192, dpr: 1 };
  const data = { proto: 1, id, kind, front: "page", caps };
  void client.send("comm_open", { comm_id, target_name: widgetTarget, data });
  return {
    send: (kind: string, fields: Record<string, unknown>) =>
      void client.send("comm_msg", { comm_id, data: { kind, ...fields } }),
    /** The next message that fits, in the order in which they come. */
    async next(fits: (kind: string, fields: Record<string, unknown>) => boolean): Promise<Heard> {
      const until = Date.now() + patience;
      for (;;) {
        const at = heard.findIndex(({ kind, fields }) => fits(kind, fields) || kind === "error");
        if (at >= 0) {
          const [found] = heard.splice(at, 1);
          if (found!.kind === "error") throw new Error(String(found!.fields["message"]));
          return found!;
        }
        if (Date.now() > until) throw new Error(`the kernel did not answer for widget ${id}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    close() {
      client.onOutput = former;
      void client.send("comm_close", { comm_id, data: {} });
    },
  };
}

function packed(bytes: Uint8Array): string {
  return gzipSync(bytes, { level: 6 }).toString("base64");
}
