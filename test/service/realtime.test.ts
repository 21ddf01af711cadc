import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { encodeFrame } from "../../engine/frame.ts";
import { readUdf } from "../../service/udfs/read-udf.ts";
import { runCounts } from "../../service/realtime/run-realtime.ts";
import { closeShared, databases, openTestService, type TestService } from "./open-service.ts";
import { openGate, type Gate } from "../fixtures/gate.ts";
import { waitFor } from "../wait-for.ts";
import { shareUdf } from "./share-udf.ts";

after(closeShared);

const table = `export default function udf(n: int = 3) {
  return Array.from({ length: n }, (_, i) => ({ id: i, name: "row " + i, note: 'a "quoted", text' }));
}`;
const tile = `export default function udf(bounds: Bounds, label: string = "x") {
  const [w, s, e, n] = bounds;
  const ring = [[w, s], [e, s], [e, n], [w, n], [w, s]];
  return { type: "FeatureCollection", features: [
    { type: "Feature", properties: { label }, geometry: { type: "Polygon", coordinates: [ring] } },
  ] };
}`;
const raster = `export default function udf(bounds: Bounds) {
  const data = new Uint8Array(64 * 64).map((_, i) => i % 251);
  return { data, width: 64, height: 64 };
}`;

for (const { database, skip } of databases) {
  describe(`UDFs as endpoints over ${database}`, { skip }, () => {
    let service: TestService;
    let gate: Gate;
    before(async () => {
      gate = await openGate({ isOpen: false });
      service = await openTestService({ database, allowPrivate: [gate.host] });
    });
    after(async () => {
      await service.close();
      await gate.close();
    });

    let count = 0;
    /** Saves code and shares it: the UDF's id, and a function that asks its endpoints. */
    async function share(code: string, token: object = {}, metadata: object = {}) {
      const name = `udf${++count}`;
      const made = await shareUdf(service, { name, code, metadata }, token);
      const base = `${service.base}/realtime-shared/${made.token}`;
      const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
        service.send(method, base + path, { as: null, headers });
      return { ...made, name, base, get };
    }

    const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error;

    test("F160 F161 a shared UDF gives its value in the format asked for, with and without login", async () => {
      const { get, token } = await share(table);
      const types: [string, RegExp][] = [
        ["csv", /^text\/csv/],
        ["json", /^application\/json/],
        ["parquet", /parquet/],
        ["arrow", /arrow/],
        ["feather", /arrow/],
        ["html", /^text\/html/],
        ["xlsx", /spreadsheetml/],
        ["xml", /xml/],
      ];
      for (const [format, type] of types) {
        const answer = await get(`/run/file?n=2&format=${format}`);
        assert.equal(answer.status, 200, format);
        assert.match(answer.headers.get("Content-Type")!, type);
        assert.ok((await answer.arrayBuffer()).byteLength > 0);
      }
      const ended = await service.send("GET", `/realtime-shared/${token}.csv?n=1`);
      assert.equal(await ended.text(), 'id,name,note\n0,row 0,"a ""quoted"", text"\n');
    });

    test("without a format the Accept header says it; a page for browsers", async () => {
      const { get } = await share(table);
      const type = async (accept: string) => (await get("/run/file", { Accept: accept })).headers.get("Content-Type");
      assert.match((await type("application/json"))!, /json/);
      assert.match((await type("text/csv"))!, /csv/);
      assert.match((await type("text/html,application/xhtml+xml,*/*;q=0.8"))!, /html/);
      assert.match((await type("*/*"))!, /html/);
      const both = await get("/run/file?dtype_out_vector=csv&dtype_out_raster=png");
      assert.equal(both.status, 200);
      assert.match(both.headers.get("Content-Type")!, /csv/);
    });

    test("tiles: vector, picture, endings, TileJSON; the answer is the tile's", async () => {
      const vector = await share(tile);
      const geojson = (await (await vector.get("/run/tiles/3/2/1.geojson?label=hi")).json()) as {
        features: { properties: object; geometry: { coordinates: number[][][] } }[];
      };
      assert.deepEqual(geojson.features[0]!.properties, { label: "hi" });
      assert.deepEqual(geojson.features[0]!.geometry.coordinates[0]![0], [-90, 66.51326044311186]);
      const mvt = await vector.get("/run/tiles/3/2/1.mvt");
      assert.match(mvt.headers.get("Content-Type")!, /vector-tile/);
      const { VectorTile } = await import("@mapbox/vector-tile");
      const { default: Pbf } = (await import("pbf").then((m) => ({
        default: (m as { PbfReader?: unknown }).PbfReader ?? (m as { default?: unknown }).default,
      }))) as { default: new (b: Uint8Array) => never };
      assert.deepEqual(Object.keys(new VectorTile(new Pbf(new Uint8Array(await mvt.arrayBuffer()))).layers), ["udf"]);
      const picture = await share(raster);
      for (const path of [
        "/run/tiles/3/2/1.png",
        "/run/tiles/3/2/1?format=png",
        "/run/tiles/3/2/1",
        "/run/tiles/3/2/1?=png",
      ]) {
        const png = await picture.get(path);
        assert.equal(png.headers.get("Content-Type"), "image/png", path);
        assert.equal(Buffer.from(await png.arrayBuffer()).toString("latin1", 1, 4), "PNG");
      }
      assert.match((await picture.get("/run/tiles/3/2/1.tif")).headers.get("Content-Type")!, /tiff/);
      const json = (await (await vector.get("/tilejson.json?label=hi&format=mvt")).json()) as Record<string, unknown>;
      assert.deepEqual(json["tiles"], [`${vector.base}/run/tiles/{z}/{x}/{y}.mvt?label=hi`]);
      assert.deepEqual(json["vector_layers"], [{ id: "udf", fields: {} }]);
      for (const wrong of [
        "/run/tiles/3/8/1",
        "/run/tiles/x/1/1",
        "/run/tiles/-1/0/0",
        "/run/tiles/29/0/0",
        "/run/tiles/1/0/0.exe",
      ]) {
        assert.equal((await vector.get(wrong)).status, 422, wrong);
      }
    });

    test("an empty tile: 204, or a transparent picture where a picture was asked for", async () => {
      const { get } = await share("export default function udf(bounds: Bounds) { return null; }");
      assert.equal((await get("/run/tiles/1/0/0.mvt")).status, 204);
      const picture = await get("/run/tiles/1/0/0.png");
      assert.equal(picture.status, 200);
      assert.equal(picture.headers.get("Content-Type"), "image/png");
    });

    test("F173 errors: JSON with type, message, line, what was printed, and the request's id", async () => {
      const failing = await share(
        'export default function udf(a: int = 1) {\n  console.log("before");\n  throw new RangeError("too far");\n}',
        { public_read: true },
      );
      const answer = await failing.get("/run/file");
      assert.equal(answer.status, 422);
      const error = await errorOf(answer);
      assert.deepEqual(
        [error["type"], error["name"], error["line"], error["stdout"], error["request_id"]],
        ["UdfRuntimeError", "RangeError", 3, "before\n", answer.headers.get("X-Fused-Request-Id")],
      );
      assert.match(error["message"] as string, /^RangeError: too far/);
      assert.match(error["frame"] as string, /throw new RangeError/);
      assert.equal(answer.headers.get("Cache-Control"), "no-store");
      const parameter = await errorOf(await failing.get("/run/file?a=x"));
      assert.deepEqual([parameter["type"], parameter["parameter"]], ["UdfParameterError", "a"]);
      const format = await errorOf(await (await share(table)).get("/run/file?format=png"));
      assert.equal(format["type"], "FormatError");
      assert.ok((format["formats"] as string[]).includes("csv"));
      const syntax = await share("export default function udf( {");
      assert.equal((await errorOf(await syntax.get("/run/file")))["type"], "UdfSyntaxError");
    });

    test("an error as a picture, for maps that ask for it", async () => {
      const { get } = await share('export default function udf(bounds: Bounds) { throw new Error("no data here"); }');
      assert.equal((await get("/run/tiles/1/0/0.png")).status, 422);
      const picture = await get("/run/tiles/1/0/0.png?error_tile=true");
      assert.equal(picture.status, 200);
      assert.equal(picture.headers.get("X-Fused-Error"), "UdfRuntimeError");
      assert.equal(picture.headers.get("Cache-Control"), "no-store");
    });

    test("what a run has printed and how long it took stand in a header", async () => {
      const { get } = await share('export default function udf() { console.log("x".repeat(50000)); return 1; }');
      const header = (await get("/run/file")).headers.get("X-Fused-Metadata")!;
      assert.ok(header.length <= 8192);
      const facts = JSON.parse(Buffer.from(header, "base64url").toString()) as { stdout: string; ms: number };
      assert.match(facts.stdout, /x\n$/);
      assert.ok(facts.ms >= 0);
    });

    test("results are kept: one run for the same question, told apart by parameters, format and version", async () => {
      const { get, id } = await share("export default function udf(a: int = 1) { return [{ a, r: Math.random() }]; }");
      const text = async (query: string, headers?: Record<string, string>) =>
        (await get(`/run/file?${query}`, headers)).text();
      const first = await text("a=1&format=json");
      assert.equal(await text("format=json&a=1"), first);
      // A name that the UDF does not know makes no difference.
      assert.equal(await text("a=1&format=json&_=123"), first);
      assert.notEqual(await text("a=2&format=json"), first);
      assert.notEqual(await text("a=1&format=json&cache=false"), first);
      assert.notEqual(await text("a=1&format=json&cache_max_age=0"), first);
      assert.notEqual(await text("a=1&format=json", { "X-Fused-Cache-Disable": "true" }), first);
      assert.equal(await text("a=1&format=json"), first);
      await service.ask("PUT", `/udf/by-id/${id}`, {
        body: { code: "export default function udf(a: int = 1) { return [{ b: a }]; }" },
      });
      assert.equal(await text("a=1&format=json"), '[{"b":1}]');
    });

    test("ETag, If-None-Match and Cache-Control follow the age; a token without cache serves nothing kept", async () => {
      const { get } = await share(table);
      const first = await get("/run/file?format=csv&cache_max_age=1h");
      const etag = first.headers.get("ETag")!;
      assert.match(first.headers.get("Cache-Control")!, /^public, max-age=3(600|5\d\d)$/);
      const same = await get("/run/file?format=csv&cache_max_age=1h", { "If-None-Match": etag });
      assert.equal(same.status, 304);
      assert.equal((await same.text()).length, 0);
      assert.equal((await get("/run/file?format=csv", { "If-None-Match": '"other"' })).status, 200);
      assert.equal((await get("/run/file?format=csv")).headers.get("Cache-Control"), "public, no-cache");
      assert.equal((await get("/run/file?cache_max_age=soon")).status, 400);
      const own = await share(table, {}, { cacheMaxAge: "10m" });
      assert.match((await own.get("/run/file?format=csv")).headers.get("Cache-Control")!, /^public, max-age=/);
      const uncached = await share("export default function udf() { return Math.random(); }", { cache: false });
      const value = await (await uncached.get("/run/file")).text();
      const again = await uncached.get("/run/file");
      assert.notEqual(await again.text(), value);
      assert.equal(again.headers.get("Cache-Control"), "no-store");
    });

    test("errors are never kept", async () => {
      const { get } = await share(
        "export default function udf() { if (Math.random() < 0.7) throw new Error('not yet'); return 1; }",
      );
      const statuses = new Set<number>();
      for (let i = 0; i < 200 && !statuses.has(200); i++) statuses.add((await get("/run/file")).status);
      assert.ok(statuses.has(200));
    });

    test("many who ask for the same at once wait for one run", async () => {
      const { get } = await share(
        "export default async function udf() { await new Promise((go) => setTimeout(go, 200)); return Math.random(); }",
      );
      const answers = await Promise.all(Array.from({ length: 12 }, async () => (await get("/run/file")).text()));
      assert.equal(new Set(answers).size, 1);
    });

    test("HEAD gives the headers alone; pages of any origin may ask", async () => {
      const { get, base } = await share(table);
      const head = await get("/run/file?format=csv", {}, "HEAD");
      assert.equal(head.status, 200);
      assert.ok(Number(head.headers.get("Content-Length")) > 0);
      assert.equal((await head.text()).length, 0);
      assert.equal(head.headers.get("Access-Control-Allow-Origin"), "*");
      const preflight = await fetch(`${base}/run/file`, {
        method: "OPTIONS",
        headers: { Origin: "http://map.test", "Access-Control-Request-Method": "GET" },
      });
      assert.equal(preflight.status, 204);
      assert.match(preflight.headers.get("Access-Control-Allow-Headers")!, /Authorization/);
    });

    test("text is compressed for those who take it", async () => {
      const { get } = await share(table);
      const answer = await get("/run/file?n=500&format=json", { "Accept-Encoding": "gzip" });
      assert.equal(answer.headers.get("Content-Encoding"), "gzip");
      assert.match(answer.headers.get("Vary")!, /Accept-Encoding/);
      assert.equal(((await answer.json()) as unknown[]).length, 500);
    });

    test("a client that goes away ends its run; one of two that wait does not", async () => {
      const counts = runCounts(service.context);
      const { get, base } = await share(
        `export default async function udf(a: int = 1) { if (a > 2) await fetch("http://${gate.host}/"); return a; }`,
      );
      await get("/run/file?a=1");
      const until = (active: number) => waitFor(`${active} active runs`, () => counts.active === active);
      const leaving = new AbortController();
      const gone = fetch(`${base}/run/file?a=3`, { signal: leaving.signal }).catch(() => "gone");
      await until(1);
      leaving.abort();
      assert.equal(await gone, "gone");
      await until(0);

      const impatient = new AbortController();
      const first = fetch(`${base}/run/file?a=4`, { signal: impatient.signal }).catch(() => "gone");
      await until(1);
      const second = get("/run/file?a=4");
      // The second must be waiting before the first leaves: it has come when a later request was answered.
      await get("/run/file?a=2");
      impatient.abort();
      assert.equal(await first, "gone");
      gate.open();
      assert.equal(await (await second).text(), "4");
    });

    test("F163 query values become what the UDF declares, as in a call", async () => {
      const { get } = await share(
        `export default function udf(i: int, f: float, b: boolean, s: string, list: number[], dict: Record<string, number>, when: Date, o?: int) {
  return { i, f, b, s, list, dict, when: when.toISOString(), o: o ?? "none", types: [typeof i, typeof b, typeof s] };
}`,
      );
      const query = new URLSearchParams({
        i: "7",
        f: "1.5",
        b: "true",
        s: "a&b=ü",
        list: "[1,2]",
        dict: '{"k":3}',
        when: "2024-05-06T07:08:09Z",
      });
      assert.deepEqual(await (await get(`/run/file?${query}`)).json(), {
        i: 7,
        f: 1.5,
        b: true,
        s: "a&b=ü",
        list: [1, 2],
        dict: { k: 3 },
        when: "2024-05-06T07:08:09.000Z",
        o: "none",
        types: ["number", "boolean", "string"],
      });
      assert.equal((await get("/run/file?i=1")).status, 422);
    });

    test("a parameter that is called like a control is the UDF's own; with an underscore it is the control", async () => {
      const { get } = await share("export default function udf(format: string) { return [{ format }]; }");
      assert.equal(await (await get("/run/file?format=mine&_format=csv")).text(), "format\nmine\n");
    });

    test("F066 F068 private URLs: saved UDFs by e-mail and name, File and Tile, query or JSON body", async () => {
      const { name, id } = await share(tile);
      const email = (await service.ask("GET", "/user/self"))["email"] as string;
      const base = `/realtime/basic-tier/api/v1/run/udf/saved`;
      const asTile = await service.send("GET", `${base}/tiles/${email}/${name}/1/0/0.geojson`);
      assert.equal(asTile.status, 200);
      assert.match(asTile.headers.get("Cache-Control")!, /private/);
      const file = await service.send("POST", `${base}/${email}/${id}`, {
        body: { parameters: { bounds: [0, 0, 1, 1] }, format: "geojson" },
      });
      assert.equal(file.status, 200);
      assert.equal(((await file.json()) as { features: unknown[] }).features.length, 1);
      assert.equal((await service.send("GET", `${base}/${email}/${name}?bounds=[0,0,1,1]`, { as: null })).status, 401);
    });

    test("code that comes with the request: step_config as text, with code or a frame", async () => {
      const run = (step: object, more: object = {}) =>
        service.send("POST", "/realtime/basic-tier/api/v1/run/udf", {
          body: { step_config: JSON.stringify(step), dtype_in: "json", ...more },
        });
      const code = "export default function udf(a: int) { return [{ a }]; }";
      const fromCode = await run({ code, name: "u", parameters: { a: "4" } }, { format: "geojson,csv" });
      assert.equal(fromCode.status, 422);
      assert.equal(await (await run({ code, name: "u", parameters: { a: 4 } }, { format: "csv" })).text(), "a\n4\n");
      const frame = Buffer.from(encodeFrame(readUdf({ name: "u", code }).frame)).toString("base64");
      assert.equal(await (await run({ frame, parameters: { a: 5 } }, { format: "csv" })).text(), "a\n5\n");
      assert.equal((await run({ frame: "AAAA", parameters: {} })).status, 422);
    });

    test("passcodes and session tokens", async () => {
      const locked = await share(table, { passcode: "open sesame".replace(" ", "-") });
      assert.equal((await locked.get("/run/file?format=csv")).status, 403);
      assert.equal((await locked.get("/run/file", { Authorization: "fused-canvas-passcode nope" })).status, 403);
      const let_in = await locked.get("/run/file?format=csv", { Authorization: "fused-canvas-passcode open-sesame" });
      assert.equal(let_in.status, 200);
      assert.match(let_in.headers.get("Cache-Control")!, /private/);

      const own = await share(table, { access_scope: "private" });
      assert.equal((await own.get("/run/file?format=csv")).status, 401);
      const ask = (ttl: number, token = own.token) =>
        service.send("POST", `/token/${token}/session`, { body: { ttl } });
      const { fused_session_token: session } = (await (await ask(60)).json()) as { fused_session_token: string };
      assert.equal((await own.get(`/run/file?format=csv&fused_session_token=${session}`)).status, 200);
      assert.equal((await own.get(`/run/file?fused_session_token=${session}x`)).status, 401);
      const other = await share(table, { access_scope: "private" });
      assert.equal((await other.get(`/run/file?fused_session_token=${session}`)).status, 401);
      assert.equal((await ask(86_401)).status, 400);
    });

    test("a Response of a UDF keeps status, type and its own headers, and sets none that speak for the service", async () => {
      const { get } = await share(`export default function udf() {
  return new Response("made", { status: 203, headers: { "Content-Type": "text/plain", "X-Mine": "1", "Set-Cookie": "a=b",
    "Access-Control-Allow-Origin": "http://evil.test", "X-Fused-Request-Id": "forged", "Content-Security-Policy": "x" } });
}`);
      const answer = await get("/run/file");
      assert.equal(answer.status, 203);
      assert.equal(await answer.text(), "made");
      assert.equal(answer.headers.get("X-Mine"), "1");
      assert.equal(answer.headers.get("Set-Cookie"), null);
      assert.equal(answer.headers.get("Access-Control-Allow-Origin"), "*");
      assert.match(answer.headers.get("X-Fused-Request-Id")!, /^[\da-f-]{36}$/);
    });

    test("a page that a UDF made is no page of the service's own origin", async () => {
      const { get } = await share(
        'export default function udf() { return "<script>document.title=location.origin</script>"; }',
      );
      const page = await get("/run/file");
      assert.match(page.headers.get("Content-Type")!, /html/);
      assert.match(page.headers.get("Content-Security-Policy")!, /^sandbox allow-scripts(?!.*allow-same-origin)/);
    });

    test("the OpenAPI document names parameters, types, defaults and, where there are tiles, their address", async () => {
      const { get } = await share(tile);
      const document = (await (await get("/openapi.json")).json()) as {
        openapi: string;
        paths: Record<string, { get: { parameters: { name: string; schema: { default?: string } }[] } }>;
      };
      assert.equal(document.openapi, "3.1.0");
      const names = (path: string) => document.paths[path]!.get.parameters.map(({ name }) => name);
      const controls = ["format", "dtype_out_vector", "dtype_out_raster", "cache_max_age", "cache"];
      assert.deepEqual(names("/run/file"), ["bounds", "label", ...controls]);
      assert.deepEqual(names("/run/tiles/{z}/{x}/{y}"), ["z", "x", "y", "label", ...controls, "error_tile"]);
      assert.equal(document.paths["/run/file"]!.get.parameters[1]!.schema.default, "x");
      assert.deepEqual(
        Object.keys(((await (await (await share(table)).get("/openapi.json")).json()) as typeof document).paths),
        ["/run/file"],
      );
    });
  });
}
