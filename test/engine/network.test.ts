import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { explainPrivateAddress } from "../../engine/network-address.ts";
import { useEngine } from "./udf-fixture.ts";

const { value, error, run } = useEngine();

let server: Server;
let port: number;
const requests: string[] = [];

before(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      if (path === "/slow") return;
      if (path.startsWith("/to?")) {
        response.writeHead(302, { location: decodeURIComponent(path.slice(4)) }).end();
      } else if (path === "/gzip") {
        response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/plain" }).end(gzipSync("unzipped"));
      } else {
        const { authorization, host, "x-mine": mine } = request.headers;
        const body = JSON.stringify({
          path,
          method: request.method,
          sent: Buffer.concat(chunks).toString(),
          authorization,
          host,
          mine,
        });
        response.writeHead(path === "/404" ? 404 : 200, { "content-type": "application/json", "x-two": "2" }).end(body);
      }
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const fetchText = "async ({ url }: { url: string }) => (await fetch(url)).text()";

describe("a UDF does not reach this machine or its network", () => {
  const hosts = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "240.0.0.1",
    "[ff02::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
  ];
  for (const host of hosts) {
    test(host, async () => {
      requests.length = 0;
      const { name, message } = await error(fetchText, { url: `http://${host}:${port}/` });
      assert.equal(name, "NetworkPermissionError", message);
      assert.match(message, /was refused: .*may not reach\. Allow it with the option network\.allowPrivate: \["/);
      assert.deepEqual(requests, []);
    });
  }

  test("a public address is not on the list", () => {
    for (const address of [
      "1.1.1.1",
      "172.32.0.1",
      "100.128.0.1",
      "[2606:4700::1111]",
      "192.167.255.255",
      "11.0.0.0",
    ]) {
      assert.equal(explainPrivateAddress(address), undefined, address);
    }
  });

  test("only http and https", async () => {
    for (const url of ["file:///etc/passwd", "ftp://example.com/", "data:text/plain,x", "blob:x", "ws://example.com"]) {
      assert.match((await error(fetchText, { url })).message, /http: and https: only|Invalid URL/);
    }
  });

  test("no network at all where the run has none", async () => {
    const { message } = await error(fetchText, { url: "https://example.com/" }, { network: { enabled: false } });
    assert.match(message, /this run has no network/);
  });

  test("the error stands at the line of the fetch, and can be caught", async () => {
    assert.equal((await error('async () => {\n  await null;\n  await fetch("http://127.0.0.1/");\n}')).line, 3);
    assert.equal(await value('() => fetch("http://127.0.0.1/").catch((e) => e.name)'), "NetworkPermissionError");
  });
});

describe("network.allowPrivate", () => {
  const allowed = () => ({ network: { allowPrivate: [`127.0.0.1:${port}`] } });
  const url = (path: string) => `http://127.0.0.1:${port}${path}`;

  test("lets a run reach the host and port it names", async () => {
    const source = `async ({ url }) => {
      const response = await fetch(url, { method: "post", body: JSON.stringify({ é: 1 }), headers: { "X-Mine": "m", host: "evil" } });
      const { host, ...seen } = await response.json();
      return { seen, ok: response.ok, status: response.status, two: response.headers.get("X-Two"), type: response.headers.get("content-type") };
    }`;
    assert.deepEqual(await value(source, { url: url("/a?b=1") }, allowed()), {
      seen: { path: "/a?b=1", method: "POST", sent: '{"é":1}', mine: "m" },
      ok: true,
      status: 200,
      two: "2",
      type: "application/json",
    });
    assert.equal(await value("async ({ url }) => (await fetch(url)).status", { url: url("/404") }, allowed()), 404);
    assert.equal(await value(fetchText, { url: url("/gzip") }, allowed()), "unzipped");
    assert.equal(
      await value(
        "async ({ url }) => (await (await fetch(new Request(url))).bytes()).length",
        { url: url("/gzip") },
        allowed(),
      ),
      8,
    );
  });

  test("does not let another port of that host, or another run, through", async () => {
    const other = await error(fetchText, { url: `http://127.0.0.1:${port === 1 ? 2 : 1}/` }, allowed());
    assert.equal(other.name, "NetworkPermissionError");
    await value(fetchText, { url: url("/") }, allowed());
    assert.equal((await error(fetchText, { url: url("/") })).name, "NetworkPermissionError");
    assert.equal(
      (await error(fetchText, { url: `http://localhost:${port}/` }, allowed())).name,
      "NetworkPermissionError",
    );
    assert.match(
      String(
        await value(fetchText, { url: `http://localhost:${port}/` }, { network: { allowPrivate: ["localhost"] } }),
      ),
      /"path":"\/"/,
    );
  });

  test("a redirect from an allowed host to one that is not is refused", async () => {
    requests.length = 0;
    const back = await error(
      fetchText,
      { url: url(`/to?${encodeURIComponent(`http://localhost:${port}/inner`)}`) },
      allowed(),
    );
    assert.equal(back.name, "NetworkPermissionError");
    assert.match(back.message, /localhost has the address (127\.0\.0\.1|::1), a loopback address/);
    const metadata = await error(
      fetchText,
      { url: url(`/to?${encodeURIComponent("http://169.254.169.254/latest/")}`) },
      allowed(),
    );
    assert.match(metadata.message, /169\.254\.169\.254 is a link-local address/);
    const file = await error(fetchText, { url: url("/to?file:///etc/passwd") }, allowed());
    assert.match(file.message, /http: and https: only/);
    assert.ok(requests.every((line) => line.startsWith("GET /to?")));
  });

  test("redirects are followed, shown, or refused as asked", async () => {
    const source = `async ({ url, redirect }) => {
      const response = await fetch(url, { redirect, headers: { authorization: "secret" } });
      return [response.status, response.redirected, response.status === 200 ? await response.json() : response.headers.get("location")];
    }`;
    const path = url(`/to?${encodeURIComponent("/there")}`);
    const [status, redirected, seen] = (await value(source, { url: path, redirect: "follow" }, allowed())) as [
      number,
      boolean,
      { path: string; authorization: string },
    ];
    assert.deepEqual([status, redirected, seen.path, seen.authorization], [200, true, "/there", "secret"]);
    assert.deepEqual(await value(source, { url: path, redirect: "manual" }, allowed()), [302, false, "/there"]);
    assert.match((await error(source, { url: path, redirect: "error" }, allowed())).message, /redirects/);
    const loop = url(`/to?${encodeURIComponent("/to?/to")}`);
    assert.equal((await run(source, { url: loop, redirect: "follow" }, allowed())).status, "ok");
  });

  test("credentials do not follow to another origin", async () => {
    const both = { network: { allowPrivate: ["127.0.0.1", "localhost"] } };
    const source =
      'async ({ url }) => (await (await fetch(url, { headers: { authorization: "secret", "x-mine": "m" } })).json())';
    const seen = await value(source, { url: url(`/to?${encodeURIComponent(`http://localhost:${port}/x`)}`) }, both);
    const { authorization, mine } = seen as { authorization?: string; mine?: string };
    assert.deepEqual([authorization, mine], [undefined, "m"]);
  });

  test("a request is given up with its signal, and with its run", async () => {
    const source = `async ({ url }) => fetch(url, { signal: AbortSignal.timeout(30) }).catch((e) => e.name)`;
    assert.equal(await value(source, { url: url("/slow") }, allowed()), "TimeoutError");
    const { kind } = await error(fetchText, { url: url("/slow") }, { ...allowed(), limits: { timeoutMs: 50 } });
    assert.equal(kind, "timeout");
  });

  test("runs that wait for the network leave their cores to others", async () => {
    const enough = new AbortController();
    // More than there are cores, and fewer than may wait.
    const waiting = Array.from({ length: 2 * availableParallelism() }, () =>
      error(fetchText, { url: url("/slow") }, { ...allowed(), signal: enough.signal }),
    );
    assert.equal(await value("() => 1"), 1);
    enough.abort();
    for (const { kind } of await Promise.all(waiting)) assert.equal(kind, "cancelled");
  });
});

describe("a UDF that may reach named hosts only", () => {
  const network = (hosts: string[]) => ({ network: { hosts, allowPrivate: ["127.0.0.1"] } });

  test("reaches those", async () => {
    const url = `http://127.0.0.1:${port}/named`;
    assert.match(String(await value(fetchText, { url }, network([`127.0.0.1:${port}`]))), /"path":"\/named"/);
  });

  test("reaches no other, nor by a redirect", async () => {
    const url = `http://127.0.0.1:${port}/`;
    const refusal = await error(fetchText, { url }, network(["example.com"]));
    assert.match(refusal.message, /is not among the hosts that may be reached \(network\.hosts\)/);
    const redirect = `${url}to?${encodeURIComponent("http://localhost:1/")}`;
    const redirected = await error(fetchText, { url: redirect }, network([`127.0.0.1:${port}`]));
    assert.match(redirected.message, /localhost:1 is not among the hosts/);
  });
});
