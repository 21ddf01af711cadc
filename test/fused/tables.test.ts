import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import type { FeatureCollection } from "geojson";
import { options } from "../../fused/options.ts";
import { getChunkFromTable, getChunksMetadata } from "../../fused/tables/index.ts";
import fused from "../../fused/index.ts";
import { ownFolders } from "./cache-folder.ts";

ownFolders();
const folder = mkdtempSync(join(tmpdir(), "fused-tables-"));
const ranges: string[] = [];
const server = createServer((request, response) => {
  ranges.push(`${request.url} ${request.headers.range ?? "whole"}`);
  if (delay > 0) return void setTimeout(() => answer(request, response), delay);
  answer(request, response);
});
let delay = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = join(folder, decodeURI(request.url!));
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return void response.writeHead(404).end();
  }
  const [, from, to] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined || request.url!.startsWith("/norange")) return void response.end(bytes);
  const start = from === "" ? Math.max(0, bytes.length - Number(to)) : Number(from);
  const end = from === "" || to === "" ? bytes.length - 1 : Number(to);
  response.writeHead(206, { "content-range": `bytes ${start}-${end}/${bytes.length}` });
  response.end(bytes.subarray(start, end + 1));
}
let origin: string;

/**
 * A table of two files with three and two row groups of 2048 points each. DuckDB cannot write a GeoParquet file without its
 * spatial extension, so the geometry is WKB and the `geo` metadata is written as any key and value.
 */
before(async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const geo = JSON.stringify({
    version: "1.1.0",
    primary_column: "geometry",
    columns: { geometry: { encoding: "WKB", geometry_types: ["Point"] } },
  });
  // WKB of POINT(0 0), little endian; every row has it.
  const point = `'\\x01\\x01\\x00\\x00\\x00${"\\x00".repeat(16)}'::blob`;
  const write = (path: string, query: string, more = "") =>
    connection.run(`copy (${query}) to '${join(folder, path)}' (format parquet, row_group_size 2048${more})`);
  for (const name of ["table", "norange", "summary", "none"]) mkdirSync(join(folder, name));
  const rows = (count: number) =>
    `select i as id, 9007199254740993 + i as h3, i % 100 as v, md5(i::varchar) || md5((i + 7)::varchar) as text, ${point} as geometry from range(${count}) t(i)`;
  await write("table/0.parquet", rows(5000), `, kv_metadata {geo: '${geo}'}`);
  await write("table/1.parquet", rows(4000), `, kv_metadata {geo: '${geo}'}`);
  await write("table/plain.parquet", "select i as id, i * 2 as twice from range(10) t(i)");
  const sample = [0, 1, 2].map((chunk) => `('0', ${chunk}, ${chunk * 10}, 0, ${chunk * 10 + 5}, 5)`);
  sample.push("('1', 0, -170, -10, -160, 10)", "('1', 1, 170, 0, 180, 5)");
  const columns = "v(file_id, chunk_id, bbox_minx, bbox_miny, bbox_maxx, bbox_maxy)";
  await write("table/_sample", `select * from (values ${sample.join(", ")}) ${columns}`);
  await write("none/_sample", `select * from (values ${sample[0]}) ${columns} where false`);
  copyFileSync(join(folder, "table/1.parquet"), join(folder, "norange/1.parquet"));
  await write(
    "summary/_metadata",
    "select i / 100.0 as bbox_minx, 1.0 as bbox_miny, i / 100.0 + 1 as bbox_maxx, 2.0 as bbox_maxy from range(4096) t(i)",
  );
  connection.closeSync();
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.close();
  await fused.close();
});

const featuresOf = (chunk: unknown) => (chunk as FeatureCollection).features;

test("F124 one row per chunk with its box, from _sample; by path as by address", async () => {
  for (const place of [`${origin}/table`, `${origin}/table/`, join(folder, "table")]) {
    const { features } = await getChunksMetadata(place);
    assert.equal(features.length, 5);
    const { properties, geometry } = features[1]!;
    assert.deepEqual(properties, {
      file_id: "0",
      chunk_id: 1,
      bbox_minx: 10,
      bbox_miny: 0,
      bbox_maxx: 15,
      bbox_maxy: 5,
    });
    assert.deepEqual(geometry.coordinates[0]![2], [15, 5]);
  }
});

test("F124 without _sample the footers of _metadata tell; a table with no chunks is empty", async () => {
  const { features } = await getChunksMetadata(`${origin}/summary`);
  assert.deepEqual(
    features.map(({ properties }) => [properties.file_id, properties.chunk_id, properties.bbox_minx]),
    [
      [null, 0, 0],
      [null, 1, 20.48],
    ],
  );
  assert.deepEqual((await getChunksMetadata(`${origin}/none`)).features, []);
});

test("F124 no table there: the error names the files that were looked for", async () => {
  const notFound = { name: "NotFoundError", message: /neither .*\/nowhere\/_sample nor .*\/nowhere\/_metadata/ };
  await assert.rejects(getChunksMetadata(`${origin}/nowhere`), notFound);
  await assert.rejects(getChunksMetadata(join(folder, "nowhere")), notFound);
});

test("F125 one row group, some columns and the geometry, in two requests", async () => {
  ranges.length = 0;
  const chunk = await getChunkFromTable(`${origin}/table`, 0, 1, { columns: ["id", "h3"] });
  const features = featuresOf(chunk);
  assert.equal(features.length, 2048);
  assert.deepEqual(features[0], {
    type: "Feature",
    geometry: { type: "Point", coordinates: [0, 0] },
    properties: { id: 2048, h3: 9007199254740993n + 2048n },
  });
  assert.ok(ranges.length <= 4, ranges.join("\n"));
  const fetched = ranges
    .slice(1)
    .map((each) => /bytes=(\d+)-(\d+)/.exec(each)!.slice(1).map(Number) as [number, number]);
  const size = readFileSync(join(folder, "table/0.parquet")).length;
  assert.ok(
    fetched.reduce((sum, [from, to]) => sum + to - from, 0) < size / 3,
    "not the text column, not the other groups",
  );
});

test("F125 numeric and string ids name the same file; a whole file; a single file; a table without geometry", async () => {
  const ids = async (file: string | number) => featuresOf(await getChunkFromTable(`${origin}/table`, file, 0)).length;
  assert.deepEqual([await ids(1), await ids("1")], [2048, 2048]);
  assert.equal(featuresOf(await getChunkFromTable(`${origin}/table`, "1", null)).length, 4000);
  assert.equal(featuresOf(await getChunkFromTable(`${origin}/table/1.parquet`, null, 1)).length, 1952);
  assert.equal(featuresOf(await getChunkFromTable(`${origin}/norange`, 1, 1, { columns: ["v"] })).length, 1952);
  const plain = (await getChunkFromTable(join(folder, "table"), "plain", 0)) as unknown[];
  assert.deepEqual(plain[3], { id: 3, twice: 6 });
});

test("F125 what does not exist is named, with what does", async () => {
  const ask = (file: string | number, chunk: number, columns?: string[]) =>
    getChunkFromTable(`${origin}/table`, file, chunk, columns && { columns });
  await assert.rejects(ask(7, 0), { name: "NotFoundError", message: /\/table\/7\.parquet/ });
  await assert.rejects(ask(0, 3), { name: "UdfParameterError", message: /no row group 3: it has 0 to 2/ });
  await assert.rejects(ask(0, -1), /no row group -1/);
  await assert.rejects(ask(0, 0, ["idd"]), /no column idd\. Did you mean id\? It has id, h3, v, text, geometry/);
});

test("F126 neighbouring row groups are fetched together up to rowGroupBatchSize", async () => {
  const requestsOf = async (size: number) => {
    options.rowGroupBatchSize = size;
    ranges.length = 0;
    assert.equal(featuresOf(await getChunkFromTable(`${origin}/table`, 0, null)).length, 5000);
    return ranges.length;
  };
  // The footer's request brings the end of the file along; what is left is groups before it.
  const apart = await requestsOf(1);
  const together = await requestsOf(10_000_000);
  options.reset("rowGroupBatchSize");
  assert.ok(together < apart, `${together} < ${apart}`);
  assert.equal(together, 2);
});

test("F125 a UDF reads chunks by its own network permission", async () => {
  const read = fused.udf(
    `async (url: string) => {
      const { features } = await fused.getChunksMetadata(url);
      const chunk = await fused.getChunkFromTable(url, features[4].properties.file_id, 1, { columns: ["v"] });
      return [features.length, chunk.features.length, chunk.features[0]];
    }`,
    { name: "reads" },
  );
  const network = { allowPrivate: [new URL(origin).host] };
  assert.deepEqual(await read.run({ url: `${origin}/table` }, { network }), [
    5,
    1952,
    { type: "Feature", geometry: { type: "Point", coordinates: [0, 0] }, properties: { v: 48 } },
  ]);
  await assert.rejects(read.run({ url: `${origin}/table` }, { cache: false }), /NetworkPermissionError/);
});

test("F183 metadata of a remote table may take metadataRequestTimeout, what is in it requestTimeout", async () => {
  const { requestTimeout, metadataRequestTimeout } = options;
  delay = 300;
  try {
    Object.assign(options, { requestTimeout: 0.1, metadataRequestTimeout: 5 });
    const chunks = await getChunksMetadata(`${origin}/table`);
    assert.equal(chunks.features.length, 5, "a slow answer with metadata outlives requestTimeout");
    await assert.rejects(getChunkFromTable(`${origin}/table`, 0, 1, { columns: ["text"] }), {
      message: /did not give its data within 0\.1 s \(the option requestTimeout\)/,
    });
    options.metadataRequestTimeout = 0.1;
    await assert.rejects(getChunksMetadata(`${origin}/table`), {
      message: /did not give its metadata within 0\.1 s \(the option metadataRequestTimeout\)/,
    });
  } finally {
    delay = 0;
    Object.assign(options, { requestTimeout, metadataRequestTimeout });
  }
});
