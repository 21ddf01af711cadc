import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { closeShared, openTestService, type TestService } from "./open-service.ts";
import { shareUdf } from "./share-udf.ts";

after(closeShared);

const rows = `export default function udf(n: int = 3, list: number[] = [1]) {
  return Array.from({ length: n }, (_, i) => ({ id: i, of: list.length }));
}`;
const box = `export default function udf(bounds: Bounds, label: string = "x") {
  const [w, s, e, n] = bounds;
  return { type: "FeatureCollection", features: [
    { type: "Feature", properties: { label }, geometry: { type: "Point", coordinates: [(w + e) / 2, (s + n) / 2] } },
  ] };
}`;

interface Refusal {
  type: string;
  message: string;
  [more: string]: unknown;
}

describe("what endpoints say of a request that was meant otherwise", () => {
  let service: TestService;
  before(async () => {
    service = await openTestService();
  });
  after(() => service.close());

  let count = 0;
  async function share(code: string, token: object = {}) {
    const name = `udf${++count}`;
    const made = await shareUdf(service, { name, code }, token);
    const base = `/realtime-shared/${made.token}`;
    const ask = (method: string, path: string, body?: unknown) =>
      service.send(method, base + path, { as: null, ...(body !== undefined && { body }) });
    return { ...made, name, ask, get: (path: string) => ask("GET", path) };
  }
  const refusal = async (answer: Response) => ((await answer.json()) as { error: Refusal }).error;

  test("names that the UDF does not have are told in a header, and with an error, with the name that was meant", async () => {
    const { get, name } = await share(rows);
    const plain = await get("/run/file?n=2&format=json");
    assert.equal(plain.headers.get("X-Fused-Ignored-Parameters"), null);
    const misspelt = await get("/run/file?m=2&größe=1&format=json&cache=false");
    assert.equal(misspelt.status, 200);
    assert.equal(misspelt.headers.get("X-Fused-Ignored-Parameters"), `m, ${encodeURIComponent("größe")}`);
    assert.match(misspelt.headers.get("Access-Control-Expose-Headers")!, /X-Fused-Ignored-Parameters/);
    const wrong = await get("/run/file?n=some&lits=[]");
    assert.equal(wrong.status, 422);
    const error = await refusal(wrong);
    assert.deepEqual(error["ignored_parameters"], ["lits"]);
    assert.ok(error.message.endsWith(`lits is no parameter of ${name}: did you mean list?`), error.message);
    assert.equal(wrong.headers.get("X-Fused-Ignored-Parameters"), "lits");
  });

  test("a POST to a shared token has its parameters in the body, of files and of tiles", async () => {
    const { ask } = await share(rows);
    const file = await ask("POST", "/run/file", { parameters: { n: "1", list: [1, 2], other: 1 }, format: "csv" });
    assert.equal(await file.text(), "id,of\n0,2\n");
    assert.equal(file.headers.get("X-Fused-Ignored-Parameters"), "other");
    assert.equal((await ask("POST", "/run/file?format=json")).status, 200);
    const tiles = await share(box);
    const tile = await tiles.ask("POST", "/run/tiles/1/0/0.geojson", { parameters: { label: "posted" } });
    assert.equal(
      ((await tile.json()) as { features: { properties: { label: string } }[] }).features[0]!.properties.label,
      "posted",
    );
  });

  test("a token without more, tiles of a UDF without tiles, and mvt without a tile: what to ask for instead", async () => {
    const table = await share(rows);
    const bare = await table.get("");
    assert.equal(bare.status, 404);
    assert.match((await refusal(bare)).message, /\{token\}\.csv, \{token\}\/run\/file/);
    assert.match((await refusal(await service.send("GET", "/realtime-shared/fsh_nobody"))).message, /no such token/);
    const noTiles = await table.get("/tilejson.json");
    assert.equal(noTiles.status, 422);
    assert.match((await refusal(noTiles)).message, /has no tiles.*Declare bounds: Bounds/);
    const tiles = await share(box);
    assert.equal((await tiles.get("/tilejson.json?format=exe")).status, 422);
    const picture = await tiles.get("/run/tiles/1/0/0.png");
    assert.match((await refusal(picture)).message, /png does not fit a table.*ask for the tile as \.mvt or \.geojson/);
    const mvt = await tiles.get("/run/file?bounds=[0,0,1,1]&format=mvt");
    assert.match((await refusal(mvt)).message, /ask for …\/run\/tiles\/\{z\}\/\{x\}\/\{y\}\.mvt/);
  });

  test("a Python UDF is kept and not run, and the error says so", async () => {
    const { get } = await share("@fused.udf\ndef udf(a: int = 1):\n  return a");
    const answer = await get("/run/file");
    assert.equal(answer.status, 422);
    assert.match((await refusal(answer)).message, /is a Python UDF.*this service runs TypeScript/);
  });

  test("members of a body that mean nothing are refused with the one that was meant; an empty body is told", async () => {
    const { id, token } = await share(rows);
    const refused: [string, string, unknown, RegExp][] = [
      [
        "POST",
        `/udf/${id}/tokens`,
        { acces_scope: "team" },
        /A token has no "acces_scope"\. Did you mean access_scope\?/,
      ],
      ["PATCH", `/token/${token}`, { enable: false }, /Did you mean enabled\?/],
      ["POST", `/udf/${id}/tokens`, undefined, /The body is empty/],
      ["POST", "/run", { udf: { id }, arglist: [1] }, /A job has no "arglist"\. Did you mean arg_list\?/],
      ["POST", "/run", { udf: { id }, parameters: [{ n: 1 }] }, /For a list of runs send arg_list/],
    ];
    for (const [method, path, body, message] of refused) {
      const answer = await service.send(method, path, { body });
      assert.equal(answer.status, 400, path);
      assert.match((await refusal(answer)).message, message);
    }
    // What was given by the service may be sent back.
    const record = await service.ask("GET", `/token/${token}`);
    assert.equal(
      (await service.ask("PATCH", `/token/${token}`, { body: { ...record, enabled: false } }))["enabled"],
      false,
    );
  });

  test("a page may send any header that a UDF may read", async () => {
    const { token } = await share(rows);
    const preflight = await fetch(`${service.base}/realtime-shared/${token}/run/file`, {
      method: "OPTIONS",
      headers: {
        Origin: "http://map.test",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-fused-passcode, x-mine",
      },
    });
    assert.equal(preflight.headers.get("Access-Control-Allow-Headers"), "x-fused-passcode, x-mine");
  });

  test("OpenAPI: no name stands twice, lists are JSON, what is referred to is there, and who may is said", async () => {
    interface Document {
      paths: Record<string, { get: { parameters: { name: string; in: string; schema?: object; content?: object }[] } }>;
      security: Record<string, []>[];
      components: { schemas: Record<string, object>; securitySchemes?: Record<string, object> };
    }
    const own = `export default function udf(bounds: Bounds, format: string = "a", cache: int = 1, list: number[] = [1]) {
      return [{ format, cache, list, bounds }];
    }`;
    const open = (await (await (await share(own)).get("/openapi.json")).json()) as Document;
    assert.deepEqual(open.security, []);
    for (const { get } of Object.values(open.paths)) {
      const names = get.parameters.map((each) => `${each.in} ${each.name}`);
      assert.equal(new Set(names).size, names.length, names.join());
      for (const each of get.parameters)
        assert.equal(Number("schema" in each) + Number("content" in each), 1, each.name);
    }
    const file = Object.fromEntries(open.paths["/run/file"]!.get.parameters.map((each) => [each.name, each]));
    assert.deepEqual(file["list"]!.content, { "application/json": { schema: { type: "array", default: [1] } } });
    assert.deepEqual(file["cache"]!.schema, { type: "integer", default: 1 });
    assert.ok("_format" in file && "_cache" in file);
    for (const [, name] of JSON.stringify(open).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      assert.ok(name! in open.components.schemas, name);
    }
    const { token } = await share(rows, { access_scope: "team", passcode: "open-sesame" });
    const answer = await service.send("GET", `/realtime-shared/${token}/openapi.json`, {
      headers: { "X-Fused-Passcode": "open-sesame" },
    });
    const closed = (await answer.json()) as Document;
    const known = Object.keys(closed.components.securitySchemes!);
    assert.deepEqual(known.sort(), ["bearer", "passcode", "session"]);
    for (const way of closed.security) for (const name of Object.keys(way)) assert.ok(known.includes(name), name);
  });
});
