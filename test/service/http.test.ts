import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { closeShared, openTestService, type TestService } from "./open-service.ts";
import { waitFor } from "../wait-for.ts";
import { openGate } from "../fixtures/gate.ts";
import { shareUdf } from "./share-udf.ts";

after(closeShared);

/** Sends bytes as they stand and gives all that comes back until the connection ends. */
function raw(service: TestService, text: string, { hold = false } = {}): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(service.port, "127.0.0.1", () => socket.write(text, () => hold || socket.end()));
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  socket.on("close", () => resolve(answer));
  socket.on("error", () => {});
  return promise;
}

const code = "export default function udf(a: int = 1) { return a; }";

describe("what comes over the wire", () => {
  let service: TestService;
  let base: string;
  let token: string;
  const lines: string[] = [];
  before(async () => {
    service = await openTestService({ accessLog: (line) => lines.push(line) });
    token = (await shareUdf(service, { name: "u", code })).token;
    base = `/realtime-shared/${token}`;
  });
  after(() => service.close());

  test("bodies that are too large are refused before they are read, with and without a length", async () => {
    const announced = await raw(
      service,
      `POST /server/v1/udf/new HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${service.token}\r\nContent-Length: 999999999\r\n\r\n`,
      { hold: true },
    );
    assert.match(announced, /^HTTP\/1\.1 413 /);
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(2 ** 20));
      },
    });
    const answer = await fetch(`${service.base}/udf/new`, {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { Authorization: `Bearer ${service.token}` },
    } as RequestInit).then(
      ({ status }) => status,
      // The service may end the connection while the client still sends.
      () => 413,
    );
    assert.equal(answer, 413);
  });

  test("headers and addresses that are too long: 431, and the next request is answered", async () => {
    const long = await raw(service, `GET /${"x".repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.match(long, /^HTTP\/1\.1 431 .*\{"error"/s);
    const query = await service.send("GET", `${base}/run/file?a=3&z=${"x".repeat(40_000)}`);
    assert.equal(await query.text(), "3");
  });

  test("what is no HTTP, smuggles, or injects headers: refused", async () => {
    assert.match(await raw(service, "hello\r\n\r\n"), /^HTTP\/1\.1 400 /);
    const both =
      "POST /server/v1/udf/new HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert.match(await raw(service, both), /^HTTP\/1\.1 400 /);
    assert.match(await raw(service, "GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 400 /);
    const injected = await raw(
      service,
      `GET /server/v1${base}/run/file?a=%0d%0aSet-Cookie:%20x=1&format=%0d%0aX-Evil:1 HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    assert.match(injected, /^HTTP\/1\.1 4\d\d /);
    assert.doesNotMatch(injected.split("\r\n\r\n", 1)[0]!, /Set-Cookie|X-Evil/i);
  });

  test("ways out of a path lead nowhere", async () => {
    for (const path of [
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/udf/by-id/..%2f..%2fx",
      "//etc/passwd",
      "/%",
    ]) {
      const answer = await raw(
        service,
        `GET /server/v1${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${service.token}\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 40[04] /, path);
    }
  });

  test("clients whose headers drip or whose body stops are cut off; others are answered meanwhile", async () => {
    const drips = raw(service, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", { hold: true });
    const head = `POST /server/v1/udf/new HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${service.token}\r\nContent-Length: 500\r\n\r\n{"na`;
    const stops = raw(service, head, { hold: true });
    assert.equal((await service.send("GET", `${base}/run/file`)).status, 200);
    for (const answer of await Promise.all([drips, stops])) assert.match(answer, /^HTTP\/1\.1 408 /);
  });

  test("wrong methods and addresses: 405 with what is possible, 404, both as JSON with the request's id", async () => {
    const method = await service.send("DELETE", `${service.url}/healthz`);
    assert.equal(method.status, 405);
    assert.equal(method.headers.get("Allow"), "GET");
    const nothing = await service.send("GET", "/nothing/here");
    const { error } = (await nothing.json()) as { error: Record<string, string> };
    assert.equal(error["request_id"], nothing.headers.get("X-Fused-Request-Id"));
    assert.equal(nothing.headers.get("X-Content-Type-Options"), "nosniff");
  });

  test("the access log names requests, and no token, query or authorization", async () => {
    await service.send("GET", `${base}/run/file?a=5&secret=hush`);
    const line = JSON.parse(lines.findLast((each) => each.includes("realtime-shared"))!) as Record<string, unknown>;
    assert.deepEqual(
      [line["method"], line["path"], line["status"]],
      ["GET", `/server/v1/realtime-shared/${token.slice(0, 8)}…/run/file`, 200],
    );
    const all = lines.join("\n");
    for (const secret of [token, service.token!, "hush"]) assert.ok(!all.includes(secret));
  });

  test("the metrics count requests by route, for Prometheus", async () => {
    const text = await (await service.send("GET", `${service.url}/metrics`, { as: null })).text();
    assert.match(
      text,
      /^fused_http_request_seconds_count\{route="\/server\/v1\/realtime-shared\/:token\/run\/file",method="GET",status="200"\} [1-9]/m,
    );
    assert.match(text, /^# TYPE fused_result_cache_bytes gauge$/m);
    assert.ok(!text.includes(token));
  });

  test("a UDF that loops, allocates, recurses, prints or returns too much ends by itself, and others run on", async () => {
    const small = await openTestService({ realtimeSeconds: 2, realtimeMemoryMb: 64 });
    const share = async (source: string) => (await shareUdf(small, { name: `u${Math.random()}`, code: source })).token;
    const hostile: [string, number[], RegExp][] = [
      ["export default function udf() { while (true) {} }", [504], /UdfTimeoutError/],
      ["export default async function udf() { for (;;) await null; }", [504], /UdfTimeoutError/],
      [
        "export default function udf() { const a = []; for (;;) a.push(new Array(1e5).fill(1)); }",
        [422],
        /UdfMemoryError/,
      ],
      ["export default function udf() { const f = () => f(); return f(); }", [422], /RangeError/],
      ["export default async function udf() { return await fused.run(udf); }", [422, 504], /Recursion|Timeout|Runtime/],
      ["export default function udf() { for (;;) console.log('x'.repeat(1000)); }", [504], /UdfTimeoutError/],
      ["export default function udf() { return process.env; }", [422], /process is not defined|ReferenceError/],
      ["import fs from 'node:fs'; export default function udf() { return fs.readdirSync('/'); }", [422], /import|fs/i],
      [
        "export default async function udf() { return await (await fetch('http://169.254.169.254/')).text(); }",
        [422],
        /./,
      ],
      ["export default async function udf() { return await (await fetch('file:///etc/passwd')).text(); }", [422], /./],
    ];
    const good = await share(code);
    for (const [source, statuses, text] of hostile) {
      const answer = await small.send("GET", `/realtime-shared/${await share(source)}/run/file`);
      const body = await answer.text();
      assert.ok(statuses.includes(answer.status), `${source}: ${answer.status} ${body.slice(0, 300)}`);
      assert.match(body, text, source);
      const other = await small.send("GET", `/realtime-shared/${good}/run/file?cache=false`);
      assert.equal(await other.text(), "1");
    }
    // One that asks for itself over HTTP would hold every place while it waits for itself.
    const self = await share(
      "export default async function udf(url: string) { return (await fetch(url + encodeURIComponent(url))).text(); }",
    );
    const own = `${small.base}/realtime-shared/${self}/run/file?cache=false&url=`;
    const looped = await (await fetch(own + encodeURIComponent(own))).text();
    assert.match(looped, /UDFs ran UDFs more than 5 levels deep/);
    const nested = await share(
      `export default async function udf(d: int = 0) {
  return Promise.all(Array.from({ length: 20 }, () => fused.run(udf, { d: d + 1 })));
}`,
    );
    assert.ok([422, 504].includes((await small.send("GET", `/realtime-shared/${nested}/run/file`)).status));
    assert.equal(await (await small.send("GET", `/realtime-shared/${good}/run/file?cache=false`)).text(), "1");
    await small.close();
  });

  test("F073 the time limit is the service's, and its answer says so", async () => {
    const short = await openTestService({ realtimeSeconds: 1 });
    const started = performance.now();
    const body = {
      code: "export default async function udf() { await new Promise(() => setTimeout(() => {}, 1e9)); }",
      name: "u",
    };
    const answer = await short.send("POST", "/realtime/basic-tier/api/v1/run/udf", { body });
    assert.equal(answer.status, 504);
    assert.equal(((await answer.json()) as { error: { type: string } }).error.type, "UdfTimeoutError");
    assert.ok(performance.now() - started >= 1000);
    await short.close();
  });

  test("ending: what is under way is answered, new connections are not taken, a second end waits for the first", async () => {
    const gate = await openGate();
    const ending = await openTestService({ allowPrivate: [gate.host] });
    const { token: slow } = await shareUdf(ending, {
      name: "slow",
      code: `export default async function udf(n: int) { await fetch("http://${gate.host}/"); return n; }`,
    });
    await ending.send("GET", `/realtime-shared/${slow}/run/file?n=1`);
    gate.shut();
    const answer = ending.send("GET", `/realtime-shared/${slow}/run/file?n=2`);
    const waits = () => /^fused_realtime_runs_active 1$/m.test(ending.context.metrics.render());
    await waitFor("the run", waits, { every: 10 });
    await waitFor("its request", () => gate.waiting === 1);
    const closed = ending.close();
    gate.open();
    assert.equal(await (await answer).text(), "2");
    await Promise.all([closed, ending.close()]);
    await gate.close();
    await assert.rejects(fetch(`${ending.url}/healthz`));
  });
});
