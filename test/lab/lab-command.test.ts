import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { fusedKernel } from "../cli/command-line.ts";
import { isAlive, startLab, stopLab, temporary } from "./lab-process.ts";
import { openClient, run, startSession, until } from "./open-lab.ts";
import { ask } from "./raw-request.ts";

const folder = temporary("words");
const anywhere = ["--port", "0"];
const labs = {
  sigint: await startLab(anywhere),
  sigterm: await startLab(anywhere),
  killed: await startLab(anywhere),
  restarted: await startLab(anywhere),
};

/** Processes that were started by this one, and by those. */
function descendants(pid: number): number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const children = pairs.filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

describe("fused-kernel lab", () => {
  test("prints first of all a link that logs in once", async () => {
    const { url, link, printed } = labs.sigint;
    assert.match(printed(), /^Lab: http:\/\/127\.0\.0\.1:\d+\/login\?code=[\w-]{32}\n/);
    const { pathname, search } = new URL(link);
    assert.equal((await ask(url, "GET", pathname + search)).headers.location, "/lab");
    assert.equal((await ask(url, "GET", pathname + search)).status, 403);
  });

  for (const [name, signal] of [
    ["sigint", "SIGINT"],
    ["sigterm", "SIGTERM"],
  ] as const) {
    test(`${signal} ends it cleanly, and its kernels with it`, async () => {
      const { child, url, ended, printed } = labs[name];
      const client = openClient(url);
      const { kernel } = await startSession(client, "a.ipynb");
      await run(kernel!, "1");
      const started = descendants(child.pid!);
      assert.ok(started.length >= 2, String(started));
      child.kill(signal);
      assert.equal(await ended, 0);
      assert.match(printed(), /Ending 1 kernel …\n$/);
      await until(() => !started.some(isAlive));
      client.dispose();
    });
  }

  test("killed without warning, it leaves no kernel behind for long", async () => {
    const { child, url, ended } = labs.killed;
    const client = openClient(url);
    await run((await startSession(client, "a.ipynb")).kernel!, "1");
    const started = descendants(child.pid!);
    client.dispose();
    child.kill("SIGKILL");
    await ended;
    await until(() => !started.some(isAlive));
  });

  test("the page asks it to shut down", async () => {
    const lab = labs.restarted;
    const headers = { Authorization: "token a-token-for-tests" };
    assert.equal((await ask(lab.url, "POST", "/api/shutdown", headers)).status, 204);
    assert.equal(await lab.ended, 0);
  });

  test("a port that is taken is named; without --port another is found", async () => {
    const other = createServer();
    await new Promise<void>((go) => other.listen(0, "127.0.0.1", go));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await fusedKernel(["lab", folder, "--no-browser", "--port", String(port)]);
    other.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${port} is taken: name another`));
  });

  for (const [words, said, code] of [
    [["nowhere"], /there is no folder .*nowhere/, 1],
    [["--port", "99999"], /--port 99999: a port is a number/, 2],
    [["--token", "short"], /--token: at least 8 characters/, 2],
    [["--prot", "1"], /did you mean --port\?/, 2],
    [["a", "b"], /too many arguments: b/, 2],
    [["--host", "203.0.113.7", "--no-browser"], /203\.0\.113\.7 is no address of this machine/, 1],
  ] as const) {
    test(`${words.join(" ")}: is told what is wrong`, async () => {
      const result = await fusedKernel(["lab", ...words], { cwd: folder });
      assert.match(result.stderr, said);
      assert.equal(result.code, code);
    });
  }
});

const open = await startLab([...anywhere, "--host", "0.0.0.0"]);
test("where other machines can reach it, it says so in words", async () => {
  await until(() => /Warning/.test(open.printed()));
  assert.match(open.printed(), /Warning: the lab listens at 0\.0\.0\.0, where other machines can reach it/);
  assert.match(open.link, /^http:\/\/127\.0\.0\.1:/);
  await stopLab(open);
});

const first = await startLab(anywhere);
const cookie = await ask(first.url, "GET", new URL(first.link).pathname + new URL(first.link).search);
await stopLab(first);
const second = await startLab(["--port", new URL(first.url).port], first.state);
test("a page that is open goes on after a restart of the server: its cookie still holds", async () => {
  const Cookie = [cookie.headers["set-cookie"]].flat()[0]!.split(";")[0]!;
  assert.equal((await ask(second.url, "GET", "/api/status", { Cookie })).status, 200);
  await stopLab(second);
});
