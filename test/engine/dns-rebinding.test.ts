import assert from "node:assert/strict";
import { Resolver, type LookupAddress } from "node:dns";
import dns from "node:dns";
import { createServer } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { startNameServer, type Answers } from "./dns-server.ts";

/**
 * The name server is real; the process asks it in place of the system's, which cannot be told to. What follows from the
 * answers is the engine's own: it looks a name up once, checks all that comes, and connects to nothing else.
 */
let answers: Answers = () => [];
const nameServer = await startNameServer((question) => answers(question));
const resolver = new Resolver({ timeout: 1000, tries: 1 });
resolver.setServers([nameServer.address]);
const systemLookup = dns.lookup as (...values: unknown[]) => void;
dns.lookup = ((hostname: string, options: { all?: boolean }, callback: (...values: unknown[]) => void) => {
  if (!hostname.endsWith(".example")) return systemLookup(...[hostname, options, callback].filter(Boolean));
  resolver.resolve4(hostname, (error, found) => {
    const all: LookupAddress[] = (found ?? []).map((address) => ({ address, family: 4 }));
    if (error) callback(error);
    else if (options.all) callback(null, all);
    else callback(null, all[0]?.address, 4);
  });
}) as never;
syncBuiltinESMExports();
const { fetchForUdf } = await import("../../engine/host-fetch.ts");

const requests: string[] = [];
const victim = createServer((request, response) => {
  requests.push(request.url!);
  response.end("secret");
});
let port: number;
before(async () => {
  await new Promise<void>((listens) => victim.listen(0, "127.0.0.1", listens));
  port = (victim.address() as AddressInfo).port;
});
after(() => {
  victim.close();
  nameServer.close();
});

function ask(name: string, milliseconds = 400) {
  const request = { url: `http://${name}:${port}/`, method: "GET", headers: [], redirect: "follow" as const };
  return fetchForUdf(request, undefined, {}, AbortSignal.timeout(milliseconds));
}

test("a name that stands for this machine, a private address or the metadata service is refused", async () => {
  for (const address of ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "0.0.0.0", "100.64.0.1"]) {
    answers = () => [address];
    await assert.rejects(ask(`a${address.replaceAll(".", "-")}.example`), {
      name: "NetworkPermissionError",
      message: new RegExp(`has the address ${address.replaceAll(".", "\\.")}, `),
    });
  }
  assert.deepEqual(requests, []);
});

test("a name with one public and one private address is refused, whichever stands first", async () => {
  for (const all of [
    ["203.0.114.1", "127.0.0.1"],
    ["127.0.0.1", "203.0.114.1"],
  ]) {
    answers = () => all;
    await assert.rejects(ask("both.example"), { name: "NetworkPermissionError" });
  }
  assert.deepEqual(requests, []);
});

test("rebinding: the first answer is public, every later one is this machine; nothing reaches it", async () => {
  // 203.0.114.1 is public and answers nobody here: the connection that was checked is the connection that is tried.
  let first = 0;
  answers = (question) => (question === first ? ["203.0.114.1"] : ["127.0.0.1"]);
  first = nameServer.asked;
  const before = nameServer.asked;
  await assert.rejects(ask("rebind.example"), (error: Error) => error.name !== "NetworkPermissionError");
  assert.equal(nameServer.asked - before, 1, "one question for one connection");
  await assert.rejects(ask("rebind.example"), { name: "NetworkPermissionError" });
  assert.deepEqual(requests, []);
});

test("rebinding over many requests, the answer changing each time: none reaches this machine", async () => {
  answers = (question) => (question % 2 === 0 ? ["203.0.114.1"] : ["127.0.0.1"]);
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => ask(`flip${i % 5}.example`, 300)));
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
  assert.deepEqual(requests, []);
});
