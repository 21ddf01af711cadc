import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import fused from "../../../fused/index.ts";

/** A server that answers as each test says, and notes what came. */
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;
let seen: { url: string; at: number; headers: IncomingMessage["headers"] }[] = [];
let server: Server;
let url: string;

before(async () => {
  server = createServer((request, response) => {
    seen.push({ url: request.url!, at: performance.now(), headers: request.headers });
    request.resume();
    request.on("end", () => answer(request, response, seen.length));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen = [];
  process.env["FUSED_AUTH_TOKEN"] = "fst_for_a_test_of_requests";
  fused.options.reset();
  fused.options.baseUrl = `${url}/server/v1`;
  fused.options.requestRetryBaseDelay = 0.05;
});

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};
const user = { id: "1", email: "ada@example.com", handle: "ada", team: { id: "t", name: "t" }, client_id: "team-1" };
const pauses = () => seen.slice(1).map(({ at }, i) => at - seen[i]!.at);

test("F170 a request that may be repeated is, with growing pauses, as often as requestMaxRetries says", async () => {
  answer = (_, response, count) =>
    json(response, count < 4 ? 500 : 200, count < 4 ? { error: { message: "a hiccup" } } : user);
  assert.equal((await fused.api.whoami()).handle, "ada");
  assert.equal(seen.length, 4);
  const [first, second, third] = pauses() as [number, number, number];
  assert.ok(first >= 45 && second >= 95 && third >= 195, String(pauses()));

  seen = [];
  fused.options.requestMaxRetries = 1;
  answer = (_, response) => json(response, 503, { error: { message: "closed for today" } });
  await assert.rejects(fused.api.whoami(), { name: "FusedError", message: /closed for today/ });
  assert.equal(seen.length, 2);
});

test("F170 Retry-After says how long the pause is; without more tries a QuotaError says what to do", async () => {
  answer = (_, response, count) =>
    count === 1
      ? json(response, 429, { error: { type: "QuotaError", message: "30 a minute" } }, { "retry-after": "1" })
      : json(response, 200, user);
  await fused.api.whoami();
  assert.ok(pauses()[0]! >= 950, String(pauses()));
  fused.options.requestMaxRetries = 0;
  answer = (_, response) => json(response, 429, { error: { type: "QuotaError", message: "30 a minute" } });
  await assert.rejects(fused.api.whoami(), { name: "QuotaError", message: /30 a minute.*maxWorkers/ });
});

test("what would be done twice is not repeated after an answer that leaves that open", async () => {
  answer = (request, response) =>
    request.url!.endsWith("/tokens")
      ? json(response, 500, { error: { message: "perhaps made" } })
      : json(response, 200, { id: "7" });
  await assert.rejects(fused.api.createUdfAccessToken("11111111-1111-4111-8111-111111111111"), /perhaps made/);
  assert.equal(seen.filter(({ url }) => url.endsWith("/tokens")).length, 1);
});

test("F170 a service that is not there: what was tried, and what to look at", async () => {
  fused.options.baseUrl = "http://127.0.0.1:59996/server/v1";
  fused.options.requestMaxRetries = 2;
  await assert.rejects(fused.api.whoami(), {
    name: "FusedError",
    message:
      /got no answer from http:\/\/127\.0\.0\.1:59996.* \(3 attempts: nothing listens there\).*fused\.options\.baseUrl/,
  });
  const udf = fused.udf("() => 1", { name: "one" });
  await assert.rejects(fused.run(udf, {}, { engine: "remote" }), /3 attempts: nothing listens there/);
});

test("F170 requestTimeout, a number or a pair, ends a wait for bytes that do not come", async () => {
  fused.options.requestMaxRetries = 0;
  answer = () => {};
  for (const limit of [0.3, [60, 0.3]] as const) {
    fused.options.requestTimeout = limit as number;
    const started = performance.now();
    await assert.rejects(fused.api.whoami(), /no answer within the time limit/);
    assert.ok(performance.now() - started < 30_000);
  }
});

test("F173 errors of the service: class by its word or status, request id, advice", async () => {
  const cases: [number, Record<string, unknown>, string, RegExp][] = [
    [401, { type: "AuthError", message: "expired" }, "AuthError", /expired.*%login/],
    [403, { message: "not yours" }, "AuthError", /not yours.*share/],
    [404, { type: "NotFound", message: "no such" }, "NotFoundError", /no such/],
    [409, { message: "changed" }, "FusedError", /changed.*load it again/],
    [413, { message: "too large" }, "FusedError", /upload/],
    [
      422,
      { type: "UdfRuntimeError", message: "Error: x", frame: "> 1 | throw", line: 1, stdout: "printed" },
      "UdfRuntimeError",
      /Error: x\n> 1 \| throw/,
    ],
    [504, { type: "UdfTimeoutError", message: "120 s" }, "UdfTimeoutError", /120 s/],
  ];
  for (const [status, error, name, message] of cases) {
    answer = (_, response) => json(response, status, { error }, { "x-fused-request-id": "r-1" });
    await assert.rejects(fused.api.whoami(), (thrown: Error & Record<string, unknown>) => {
      assert.equal(thrown.name, name, String(status));
      assert.match(thrown.message, message);
      assert.equal(thrown["requestId"], "r-1");
      assert.equal(thrown["status"], status);
      if (status === 422) assert.deepEqual([thrown["stdout"], thrown["line"]], ["printed", 1]);
      return true;
    });
  }
  answer = (_, response) => response.writeHead(418).end("<html>a proxy's page</html>");
  await assert.rejects(fused.api.whoami(), /HTTP 418 to GET \/user\/self: <html>a proxy's page/);
});

test("F171 defaultRunHeaders and realtimeClientId are in the requests of runs", async () => {
  fused.options.defaultRunHeaders = { "X-Of-Mine": "yes" };
  fused.options.requestMaxRetries = 0;
  answer = (request, response) =>
    request.url!.includes("/user/") ? json(response, 200, user) : json(response, 403, { error: { message: "no" } });
  const udf = fused.udf("() => 1", { name: "one" });
  await assert.rejects(fused.run(udf), { name: "AuthError" });
  assert.match(seen.at(-1)!.url, /\/realtime\/team-1\/api\/v1\/run\/udf$/, "the client that the service names");
  assert.equal(seen.at(-1)!.headers["x-of-mine"], "yes");
  fused.options.realtimeClientId = "mine";
  await assert.rejects(fused.run(udf), { name: "AuthError" });
  assert.match(seen.at(-1)!.url, /\/realtime\/mine\/api/);
});

test("connections are kept for the next request", async () => {
  answer = (_, response) => json(response, 200, user);
  let opened = 0;
  const count = () => opened++;
  server.on("connection", count);
  for (let i = 0; i < 10; i++) await fused.api.whoami();
  server.off("connection", count);
  assert.ok(opened <= 1, `${opened} connections for 10 requests`);
});

test("a download that breaks goes on where it broke, and fails where the file has changed meanwhile", async () => {
  const bytes = randomBytes(300_000);
  let etag = '"one"';
  answer = (request, response) => {
    if (request.url!.includes("/files/get")) return void response.writeHead(307, { location: `${url}/signed` }).end();
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const isSame = from === 0 || request.headers["if-range"] === etag;
    const rest = bytes.subarray(isSame ? from : 0);
    response.writeHead(isSame && from > 0 ? 206 : 200, { "content-length": rest.length, etag });
    response.write(rest.subarray(0, 100_000));
    if (rest.length <= 100_000) response.end();
    else setTimeout(() => response.destroy(), 50);
  };
  const back = await fused.api.get("a.bin");
  assert.ok(Buffer.from(back).equals(bytes));
  assert.equal(seen.filter(({ url }) => url === "/signed").length, 3);
  assert.equal(seen.at(-1)!.headers.authorization, undefined, "a signed address needs no log-in");
  const first = answer;
  answer = (request, response, count) => {
    first(request, response, count);
    if (request.url === "/signed") etag = '"two"';
  };
  await assert.rejects(fused.api.get("a.bin"), /has changed while it was read/);
});

test("requests go through the proxy of the environment, unless NO_PROXY names the host", async () => {
  answer = (_, response) => json(response, 200, user);
  let through = 0;
  const proxy = createServer((request, response) => {
    through++;
    const onward = ask(request.url!, { method: request.method, headers: request.headers }, (come) => {
      response.writeHead(come.statusCode!, come.headers);
      come.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on("connect", (request, socket) => {
    through++;
    const [host, port] = request.url!.split(":");
    const onward = connect(Number(port), host, () => socket.write("HTTP/1.1 200 Connected\r\n\r\n"));
    onward.pipe(socket).pipe(onward);
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready));
  process.env["http_proxy"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  fused.options.requestTimeout = [7, 7];
  await fused.api.whoami();
  assert.equal(through, 1);
  process.env["no_proxy"] = "127.0.0.1";
  fused.options.requestTimeout = [8, 8];
  await fused.api.whoami();
  assert.equal(through, 1);
  delete process.env["http_proxy"];
  delete process.env["no_proxy"];
  proxy.close();
  proxy.closeAllConnections();
});
