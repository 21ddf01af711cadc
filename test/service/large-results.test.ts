import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { packValue } from "../../engine/values.ts";
import { encode } from "../../fused/formats/index.ts";
import { HttpError } from "../../service/http/http-error.ts";
import { openAnswerThreads, type AnswerThreads } from "../../service/realtime/answer-threads.ts";
import { isLarge } from "../../service/realtime/large-value.ts";
import { openTestService, type TestService } from "./open-service.ts";
import { shareUdf } from "./share-udf.ts";

const folder = mkdtempSync(join(tmpdir(), "fused-large-"));
process.env["FUSED_CACHE_DIRECTORY"] = join(folder, "cache");
process.env["FUSED_SETTINGS_FILE"] = join(folder, "settings.toml");

after(() => rmSync(folder, { recursive: true, force: true }));

const makeRows = (n: number) => Array.from({ length: n }, (_, i) => ({ id: i, name: `row ${i}`, half: i / 2 }));
const makeFeatures = (n: number) => ({
  type: "FeatureCollection",
  features: Array.from({ length: n }, (_, i) => ({
    type: "Feature",
    properties: { id: i },
    geometry: { type: "Point", coordinates: [(i % 360) - 180, (i % 170) - 85] },
  })),
});
const makePicture = (n: number) => ({
  data: new Uint8Array(n * n).map((_, i) => (i * 2654435761) >>> 24),
  width: n,
  height: n,
});
const codeOf = (make: (n: number) => unknown) =>
  `const make = ${make.toString()};\nexport default function udf(n: int = 3) { return make(n); }`;
const tile = `export default function udf(bounds: Bounds) {
  const [w, s, e, n] = bounds;
  const ring = [[w, s], [e, s], [e, n], [w, n], [w, s]];
  return { type: "FeatureCollection", features: [
    { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } },
  ] };
}`;

describe("results that take long to write", () => {
  let service: TestService;
  before(async () => {
    service = await openTestService();
  });
  after(() => service.close());

  let count = 0;
  async function share(code: string) {
    const { token } = await shareUdf(service, { name: `udf${++count}`, code });
    return (path: string) => service.send("GET", `/realtime-shared/${token}${path}`, { as: null });
  }

  const cases: [string, (n: number) => unknown, number][] = [
    ["xlsx", makeRows, 100_000],
    ["parquet", makeFeatures, 100_000],
    ["csv", makeRows, 300_000],
    ["png", makePicture, 5000],
  ];
  for (const [format, make, n] of cases) {
    test(`others are answered while ${n} are written as ${format}, and its bytes are what they always were`, async () => {
      const get = await share(codeOf(make));
      const getTile = await share(tile);
      const isOk = async (response: Response) => {
        assert.equal(response.status, 200);
        await response.arrayBuffer();
      };
      await isOk(await getTile("/run/tiles/3/1/1?format=mvt"));
      let isDone = false;
      const large = get(`/run/file?n=${n}&format=${format}`).then(async (response) => {
        const bytes = new Uint8Array(await response.arrayBuffer());
        isDone = true;
        return { status: response.status, type: response.headers.get("content-type"), bytes };
      });
      let longest = 0;
      for (let i = 0; !isDone; i++) {
        const started = performance.now();
        await isOk(await fetch(`${service.url}/healthz`));
        await isOk(await getTile(`/run/tiles/10/${i % 1000}/${300 + Math.floor(i / 1000)}?format=mvt`));
        longest = Math.max(longest, performance.now() - started);
      }
      const started = performance.now();
      const direct = await encode(make(n), format);
      const alone = performance.now() - started;
      const { status, type, bytes } = await large;
      assert.equal(status, 200);
      assert.equal(type, direct.mediaType);
      assert.ok(Buffer.compare(bytes, direct.bytes) === 0, "the bytes differ");
      // Written on the service's own thread, it would have kept somebody waiting for all of that time.
      assert.ok(
        longest < alone,
        `a small one took ${longest} ms while a large one was written, which takes ${alone} ms`,
      );
    });
  }

  test("what a large result cannot be written as is told as of a small one", async () => {
    const get = await share(codeOf(makeRows));
    const answers = await Promise.all([3, 50_000].map((n) => get(`/run/file?n=${n}&format=png`)));
    const errors = await Promise.all(answers.map(async (answer) => (await answer.json()) as { error: object }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [422, 422],
    );
    const [small, large] = errors.map(({ error }) => ({ ...error, request_id: "" }));
    assert.deepEqual(large, small);
    assert.match(JSON.stringify(large), /png does not fit a table/);
  });
});

describe("threads that write large results", () => {
  const task = async (value: unknown, format: string) => ({
    encoded: await packValue(value),
    logs: [],
    times: { queue: 0, prepare: 0, run: 0, encode: 0 },
    formats: [format],
    tile: undefined,
  });
  const ask = () => ({ signal: new AbortController().signal, teamId: "analysts" });
  const using = async (threads: AnswerThreads, work: () => Promise<void>) => {
    try {
      await work();
    } finally {
      await threads.close();
    }
  };
  const refusal = (status: number, words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HttpError, String(error));
    assert.equal(error.status, status, error.message);
    assert.match(error.message, words);
    return true;
  };

  test("one that needs more memory than there is ends in words, and the next has a new thread", async () => {
    const threads = openAnswerThreads({ seconds: 60, memoryMb: 48 });
    await using(threads, async () => {
      const much = await task(makeRows(200_000), "xlsx");
      await assert.rejects(threads.answer(much, ask()), refusal(507, /as xlsx takes more than 48 MB.*arrow, csv/));
      const done = await threads.answer(await task(makeRows(2), "csv"), ask());
      assert.ok("answer" in done);
      assert.equal(Buffer.from(done.answer.bytes!).toString(), "id,name,half\n0,row 0,0\n1,row 1,0.5\n");
    });
  });

  test("a sheet has so many rows, and text so many characters: more is told in words", async () => {
    const threads = openAnswerThreads({ seconds: 60 });
    await using(threads, async () => {
      const { tableFromArrays } = await import("apache-arrow");
      const long = tableFromArrays({ id: new Uint8Array(1_100_000) });
      await assert.rejects(
        threads.answer(await task(long, "xlsx"), ask()),
        refusal(422, /1048576 rows.*csv or parquet/),
      );
      const wide = "\u0001".repeat(95_000_000); // six characters each
      await assert.rejects(threads.answer(await task({ wide }, "json"), ask()), refusal(507, /as json is larger than/));
    });
  });

  test("one that takes longer than a run may is a 504, one nobody waits for is given up", async () => {
    const threads = openAnswerThreads({ seconds: 0.2 });
    await using(threads, async () => {
      const rows = makeRows(200_000);
      await assert.rejects(
        threads.answer(await task(rows, "xlsx"), ask()),
        refusal(504, /as xlsx took longer than 0.2 s/),
      );
      const left = new AbortController();
      const given = threads.answer(await task(rows, "xlsx"), { ...ask(), signal: left.signal });
      left.abort();
      await assert.rejects(given, refusal(499, /cancelled/));
    });
  });

  test("so many wait, then others are told to come again; a team does not keep out the next", async () => {
    const threads = openAnswerThreads({ seconds: 60 });
    await using(threads, async () => {
      const stop = new AbortController();
      const signal = stop.signal;
      const tasks = await Promise.all(Array.from({ length: 20 }, () => task(makeRows(20_000), "xlsx")));
      const other = await task(makeRows(2), "csv");
      const order: string[] = [];
      const results = tasks.map((each) =>
        threads.answer(each, { signal, teamId: "analysts" }).then(
          () => order.push("analysts"),
          (error: HttpError) => error,
        ),
      );
      await threads.answer(other, { signal, teamId: "others" });
      assert.ok(order.length < 5, "the other team waited for all of the first");
      stop.abort();
      const refused = (await Promise.all(results)).filter((each) => each instanceof HttpError && each.status === 503);
      assert.equal(refused.length, 2);
      assert.equal((refused[0] as HttpError).headers["Retry-After"], "5");
    });
  });

  test("what is small stays where it is; what only looks small does not", async () => {
    const large = async (value: unknown, format: string) => isLarge(await packValue(value), [format]);
    assert.equal(await large(makeRows(3), "xlsx"), false);
    assert.equal(await large(makePicture(512), "png"), false);
    assert.equal(await large({ data: new Float32Array(512 * 512), width: 512, height: 512 }, "png"), false);
    assert.equal(await large(makePicture(2000), "png"), true);
    const same = new Uint8Array(200_000);
    assert.equal(
      await large(
        Array.from({ length: 10_000 }, () => ({ same })),
        "csv",
      ),
      true,
    );
  });
});
