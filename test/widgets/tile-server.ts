import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createCanvas } from "@napi-rs/canvas";
import { encodeMvt } from "../../fused/formats/mvt.ts";

/** A server of map tiles on this machine: pictures, vector tiles, a style and a TileJSON. */
export interface TileServer {
  /** `http://127.0.0.1:port`. */
  address: string;
  host: string;
  /** Paths that were asked for. */
  asked: string[];
  /** More paths, and what they give. */
  files: Map<string, Uint8Array>;
  /** From here on everything fails. */
  fails: boolean;
  close(): void;
}

/** Features of the vector tiles: an area, a line, a named point. */
export const served = {
  type: "FeatureCollection" as const,
  features: [
    feature("area", {
      type: "Polygon",
      coordinates: [
        [
          [-60, -30],
          [60, -30],
          [60, 30],
          [-60, 30],
          [-60, -30],
        ],
      ],
    }),
    feature("line", {
      type: "LineString",
      coordinates: [
        [-100, 50],
        [100, 50],
      ],
    }),
    feature("Nullpoint", { type: "Point", coordinates: [20, 10] }),
  ],
};

function feature(name: string, geometry: object) {
  return { type: "Feature" as const, properties: { name }, geometry: geometry as never };
}

/** A tile of one colour, which tells its zoom, with its place written on it. */
export function pictureTile(z: number, x: number, y: number): Buffer {
  const canvas = createCanvas(256, 256);
  const context = canvas.getContext("2d");
  context.fillStyle = (x + y) % 2 === 0 ? "rgb(20, 80, 20)" : "rgb(30, 100, 30)";
  context.fillRect(0, 0, 256, 256);
  context.fillStyle = "#fff";
  context.font = "24px sans-serif";
  context.fillText(`${z}/${x}/${y}`, 20, 40);
  return canvas.toBuffer("image/png");
}

export async function openTileServer(): Promise<TileServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    state.asked.push(path);
    const file = state.files.get(path);
    if (file) return void sendRange(file, request.headers.range, response);
    void answer(path).then(
      (found) => {
        if (state.fails) return response.writeHead(503).end();
        if (!found) return response.writeHead(404).end();
        response.setHeader("Content-Type", found.type);
        response.end(found.body);
      },
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const state: TileServer = {
    address: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked: [],
    files: new Map(),
    fails: false,
    close: () => server.close(),
  };
  return state;
}

function sendRange(file: Uint8Array, range: string | undefined, response: ServerResponse): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (from === undefined) return void response.end(file);
  response.writeHead(206).end(file.subarray(Number(from), Number(to) + 1));
}

async function answer(path: string): Promise<{ type: string; body: string | Uint8Array } | undefined> {
  const json = (value: object) => ({ type: "application/json", body: JSON.stringify(value) });
  if (path === "/style.json") return json(style);
  if (path === "/tiles.json")
    return json({ tiles: ["vector/{z}/{x}/{y}.pbf"], maxzoom: 4, attribution: "<b>Loopback</b>" });
  const [, kind, z, x, y] = /^\/(raster|vector)\/(\d+)\/(\d+)\/(\d+)/.exec(path) ?? [];
  if (kind === "raster") return { type: "image/png", body: pictureTile(Number(z), Number(x), Number(y)) };
  if (kind !== "vector") return undefined;
  const tile = { tile: { z: Number(z), x: Number(x), y: Number(y) } };
  return { type: "application/x-protobuf", body: await encodeMvt(served, tile.tile) };
}

/** A MapLibre style as servers give it, with relative addresses, filters and expressions. */
const style = {
  version: 8,
  sources: { own: { type: "vector", url: "tiles.json" } },
  layers: [
    { id: "back", type: "background", paint: { "background-color": "#402060" } },
    {
      id: "areas",
      type: "fill",
      source: "own",
      "source-layer": "udf",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": ["match", ["get", "name"], "area", "#20c0a0", "#000"], "fill-opacity": 1 },
    },
    {
      id: "lines",
      type: "line",
      source: "own",
      "source-layer": "udf",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": "#ffcc00", "line-width": ["interpolate", ["linear"], ["zoom"], 0, 3, 10, 12] },
    },
    {
      id: "names",
      type: "symbol",
      source: "own",
      "source-layer": "udf",
      filter: ["==", "$type", "Point"],
      layout: { "text-field": "{name}", "text-size": 18 },
      paint: { "text-color": "#ffffff", "text-halo-color": "#000000", "text-halo-width": 1 },
    },
    { id: "heat", type: "heatmap", source: "own", "source-layer": "udf" },
  ],
};
