import assert from "node:assert/strict";
import dns from "node:dns";
import { createServer, type Server } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { startNameServer } from "../engine/dns-server.ts";
import { openSandboxKernel } from "./sandbox-kernel.ts";

const requests: string[] = [];
const serve = async (): Promise<number> => {
  const server: Server = createServer((request, response) => {
    requests.push(`${request.headers.host}${request.url}`);
    const to = /^\/to\?(.*)$/.exec(request.url ?? "")?.[1];
    if (to) response.writeHead(302, { location: decodeURIComponent(to) }).end();
    else response.end(`hello from ${request.headers.host}`);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};
const granted = await serve();
const other = await serve();
const { run } = await openSandboxKernel({
  flags: ["--allow-host", "fixed.example", "--allow-host", `127.0.0.1:${granted}`],
});

const get = (url: string): string => `await (await fetch(${JSON.stringify(url)})).text()`;
const no = (): string => "n";

test("a host that was named at the installation is reached without asking", async () => {
  const said = await run(get(`http://127.0.0.1:${granted}/a`), no);
  assert.equal(said.result, `'hello from 127.0.0.1:${granted}'`);
  assert.deepEqual(said.prompts, []);
});

test("another host is asked for once, and a loopback one by its name, which a mere yes does not grant", async () => {
  const host = `localhost:${other}`;
  const refused = await run(get(`http://${host}/`), () => "y");
  assert.match(refused.error, new RegExp(`^NetworkPermissionError: This notebook may not reach ${host}`));
  assert.match(refused.prompts[0]!, new RegExp(`^${host} is this computer: .* Type ${host} to allow`));
  const again = await run(get(`http://${host}/`), () => host);
  assert.deepEqual(again.prompts, [], "a refusal is not asked about again");

  const address = `127.0.0.1:${other}`;
  const allowed = await run(get(`http://${address}/x`), () => address);
  assert.equal(allowed.result, `'hello from ${address}'`);
  assert.match(allowed.prompts[0]!, /is a loopback address/);
  const remembered = await run(get(`http://${address}/y`));
  assert.equal(remembered.result, `'hello from ${address}'`, "remembered for the session");
  assert.ok(!requests.some((each) => each.startsWith("localhost")), "nothing was sent to what was refused");
});

test("a public host is asked for with yes or no; without a person there is an error that says how to allow it", async () => {
  const said = await run('await fetch("https://data.example.com/x")', no);
  assert.deepEqual(said.prompts, ["Allow this notebook to reach data.example.com? [y/N] "]);
  assert.match(said.error, /fused-kernel install --sandbox --allow-host data\.example\.com/);
  const nobody = await run('await fetch("https://other.example.com/x")');
  assert.match(
    nobody.error,
    /^NetworkPermissionError: This notebook may not reach other\.example\.com: .*asks when a cell first fetches/,
  );
  assert.deepEqual(nobody.prompts, []);
});

test("addresses of this machine's network are refused, in any spelling, also with a yes", async () => {
  for (const url of [
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://[::1]:1/",
    "http://2130706433:1/",
    "http://0x7f.1:1/",
    "http://metadata.google.internal/",
  ]) {
    assert.match((await run(`await fetch("${url}")`, () => "yes")).error, /^NetworkPermissionError/, url);
  }
  // The fifth refusal was the last question.
  const quiet = await run('await fetch("https://one-more.example.com/")', () => "y");
  assert.deepEqual(quiet.prompts, []);
  assert.match(quiet.error, /^NetworkPermissionError/);
});

test("a redirect leads nowhere that was not granted", async () => {
  const target = `http://localhost:${other}/secret`;
  const said = await run(get(`http://127.0.0.1:${granted}/to?${encodeURIComponent(target)}`), () => "y");
  assert.match(
    said.error,
    new RegExp(`NetworkPermissionError: .* leads to localhost:${other}, which this notebook may not reach`),
  );
  const file = await run(get(`http://127.0.0.1:${granted}/to?${encodeURIComponent("file:///etc/passwd")}`), () => "y");
  assert.match(file.error, /NetworkPermissionError|TypeError/);
  const post = await run(
    `await fetch("http://127.0.0.1:${granted}/to?http%3A%2F%2Flocalhost%3A1%2F", { method: "POST", body: "x" })`,
    () => "localhost:1",
  );
  assert.match(post.error, /^NetworkPermissionError/);
});

test("a granted name is not reached at an address of this machine's network, unless that was granted too", async () => {
  const nameServer = await startNameServer(() => ["127.0.0.1"]);
  after(() => nameServer.close());
  const resolver = new dns.Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([nameServer.address]);
  const systemLookup = dns.lookup;
  // The system's resolver cannot be told another server: this process asks it directly.
  dns.lookup = ((name: string, options: { all?: boolean }, callback: (...values: unknown[]) => void) => {
    resolver.resolve4(name, (error, found) =>
      error
        ? callback(error)
        : callback(null, options.all ? found.map((address) => ({ address, family: 4 })) : found[0], 4),
    );
  }) as never;
  syncBuiltinESMExports();
  after(() => {
    dns.lookup = systemLookup;
    syncBuiltinESMExports();
  });
  const { createHostGrants } = await import("../../kernel/sandbox/host-grants.ts");
  const host = `rebound.example:${other}`;
  const request = { url: `http://${host}/`, method: "GET", headers: [], redirect: "follow" as const };
  const reach = (hosts: string[], privateHosts: string[]) =>
    createHostGrants({ hosts, privateHosts }).fetch(request, undefined, async () => "y", AbortSignal.timeout(10_000));
  await assert.rejects(reach([host], []), /has the address 127\.0\.0\.1, a loopback address.*--allow-private-host/);
  await assert.rejects(reach([], []), /has the address 127\.0\.0\.1/, "also after a yes");
  assert.equal((await reach([], [host])).status, 200);
});

test("a UDF reaches what the notebook may reach, and cannot ask for more", async () => {
  await run('%%udf get url:string=""\nreturn await (await fetch(url)).text();');
  assert.equal(
    (await run(`await get({ url: "http://127.0.0.1:${granted}/udf" })`)).result,
    `'hello from 127.0.0.1:${granted}'`,
  );
  assert.match(
    (await run(`await get({ url: "http://localhost:${other}/udf" })`)).error,
    /is not among the hosts that may be reached/,
  );
  assert.match(
    (await run('await get({ url: "https://unasked.example/" })', () => "y")).error,
    /is not among the hosts/,
  );
  for (const options of [
    `{ network: { allowPrivate: ["localhost:${other}"] } }`,
    '{ files: ["/"] }',
    '{ engine: "remote" }',
  ]) {
    const said = await run(`await get.with(${options})({ url: "http://localhost:${other}/" })`);
    assert.match(said.error, /^TypeError: .*sandboxed notebook/, options);
  }
  const nested = `await fused.udf(async (url: string) => await fused.run("async (u) => (await fetch(u)).text()", { u: url }))("http://localhost:${other}/n")`;
  assert.match((await run(nested)).error, /is not among the hosts/);
});
