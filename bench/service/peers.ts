import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Something that serves the same bytes as the service's tile, in a process of its own. */
export interface Peer {
  name: string;
  url: string;
  close(): void;
}

/** Those that are installed: nginx and Node serving a file, FastAPI serving a tile from memory as titiler does from its cache. */
export async function startPeers(folder: string, tile: Buffer): Promise<Peer[]> {
  mkdirSync(join(folder, "files"), { recursive: true });
  writeFileSync(join(folder, "files", "tile.png"), tile);
  const peers = [await nodeFiles(folder)];
  if (existsSync("/usr/sbin/nginx")) peers.push(await nginx(folder));
  const found = spawnSync("/usr/bin/python3", ["-c", "import fastapi, uvicorn"]);
  if (found.status === 0) peers.push(await fastApi(folder));
  return peers;
}

async function nodeFiles(folder: string): Promise<Peer> {
  const port = await freePort();
  const code = `
const { createServer } = require("node:http");
const { readFile } = require("node:fs");
createServer((request, response) => readFile(${JSON.stringify(join(folder, "files"))} + request.url, (error, bytes) => {
  response.writeHead(200, { "Content-Type": "image/png", "Content-Length": bytes.length });
  response.end(bytes);
})).listen(${port}, "127.0.0.1");`;
  return started("node, a file", port, "/tile.png", spawn(process.execPath, ["-e", code], { stdio: "ignore" }));
}

async function nginx(folder: string): Promise<Peer> {
  const port = await freePort();
  const config = join(folder, "nginx.conf");
  const text = `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 512; }
http { access_log off; keepalive_requests 10000000; sendfile on; types { image/png png; }
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
  scgi_temp_path ${folder}; server { listen 127.0.0.1:${port}; root ${folder}/files; } }`;
  // nginx' workers are not root, and a temporary folder is its maker's alone.
  writeFileSync(config, process.getuid?.() === 0 ? `user root; ${text}` : text);
  return started("nginx, a file", port, "/tile.png", spawn("/usr/sbin/nginx", ["-c", config], { stdio: "ignore" }));
}

async function fastApi(folder: string): Promise<Peer> {
  const port = await freePort();
  writeFileSync(
    join(folder, "tiles.py"),
    `from fastapi import FastAPI, Path, Query
from fastapi.responses import Response

app = FastAPI()
cache = {}

@app.get("/tiles/{z}/{x}/{y}.png")
async def tile(z: int = Path(..., ge=0, le=30), x: int = Path(...), y: int = Path(...), colormap: str = Query(None)):
    key = (z, x, y, colormap)
    if key not in cache:
        cache[key] = open(${JSON.stringify(join(folder, "files", "tile.png"))}, "rb").read()
    return Response(cache[key], media_type="image/png")
`,
  );
  const words = ["-m", "uvicorn", "tiles:app", "--port", String(port), "--no-access-log", "--log-level", "error"];
  const child = spawn("/usr/bin/python3", words, { cwd: folder, stdio: "ignore" });
  return started("FastAPI, a tile in memory", port, "/tiles/3/2/1.png", child);
}

async function started(name: string, port: number, path: string, child: ChildProcess): Promise<Peer> {
  const url = `http://127.0.0.1:${port}${path}`;
  for (let left = 200; ; left--) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return { name, url, close: () => void child.kill() };
    if (left === 0 || child.exitCode !== null) throw new Error(`${name} does not answer (${answer?.status})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
