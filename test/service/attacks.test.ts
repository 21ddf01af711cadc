import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { authorization } from "../../fused/credentials/access-token.ts";
import { renew } from "../../fused/credentials/renew.ts";
import { options } from "../../fused/options.ts";
import { runAccess } from "../../service/runs/run-access.ts";
import { openTestService, type TestService } from "./open-service.ts";
import { startIssuer, type TestIssuer } from "./token-issuer.ts";

const folder = mkdtempSync(join(tmpdir(), "fused-attacks-"));
process.env["FUSED_CACHE_DIRECTORY"] = join(folder, "cache");
process.env["FUSED_SETTINGS_FILE"] = join(folder, "settings.toml");

after(() => rmSync(folder, { recursive: true, force: true }));

interface ErrorBody {
  error: { message: string; frame?: string };
}

describe("attacks on a service that several teams share", () => {
  let issuer: TestIssuer;
  let service: TestService;
  const log: string[] = [];
  before(async () => {
    issuer = await startIssuer();
    service = await openTestService({ oidcIssuer: issuer.url, accessLog: (line) => log.push(line) });
  });
  after(async () => {
    await service.close();
    await issuer.close();
  });

  const people: Record<string, { email: string; team?: string; preferred_username?: string }> = {
    ada: { email: "ada@example.com", team: "analysts" },
    eve: { email: "eve@example.com", team: "others" },
  };
  const as = async (sub: string, claims = people[sub]!) => ({
    as: null,
    headers: { Authorization: `Bearer ${await issuer.token({ sub, ...claims })}` },
  });
  let count = 0;
  async function save(who: string, code: string, more: object = {}, claims = people[who]!) {
    const body = { name: `udf${++count}`, code, ...more };
    return service.ask<{ id: string; name: string }>("POST", "/udf/new", { ...(await as(who, claims)), body });
  }
  async function share(who: string, code: string, token: object = {}): Promise<string> {
    const { id } = await save(who, code);
    const made = await service.ask<{ token: string }>("POST", `/udf/${id}/tokens`, { ...(await as(who)), body: token });
    return made.token;
  }
  const run = (token: string, query = "") =>
    service.send("GET", `/realtime-shared/${token}/run/file${query}`, { as: null });

  test("what a UDF answers never runs as a page of the service, whatever type it says", async () => {
    for (const type of ["text/html", "image/svg+xml", "text/xsl", "unknown/unknown", "multipart/x-mixed-replace"]) {
      const headers = { "content-type": type, "x-content-type-options": "none", "x-accel-redirect": "/", "x-own": "1" };
      const code = `function udf() { return new Response("<script>1</script>", { headers: ${JSON.stringify(headers)} }); }`;
      const answer = await run(await share("eve", code));
      assert.equal(answer.headers.get("content-type"), type);
      const policy = answer.headers.get("content-security-policy") ?? "";
      assert.match(policy, /^sandbox\b/, type);
      assert.doesNotMatch(policy, /allow-same-origin|allow-top-navigation/);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      assert.equal(answer.headers.get("x-accel-redirect"), null, "a server in front would take it for an order");
      assert.equal(answer.headers.get("x-own"), "1");
    }
  });

  test("an error shows the source only to those who may read it", async () => {
    const code = 'function udf() {\n  const place = "inner bucket";\n  throw new Error("no");\n}';
    const closed = (await (await run(await share("ada", code))).json()) as ErrorBody;
    assert.match(closed.error.message, /^Error: no\nin UDF udf\d+, line 3/);
    assert.doesNotMatch(JSON.stringify(closed), /inner bucket/);
    const open = (await (await run(await share("ada", code, { public_read: true }))).json()) as ErrorBody;
    assert.match(open.error.frame!, /inner bucket/);
  });

  test("an address that somebody chose does not let them into the team of that name", async () => {
    const ada = await service.ask<{ team: { id: string } }>("GET", "/user/self", await as("ada"));
    for (const team of ["analysts", "group@example.com"]) {
      const intruder = { email: team };
      const member = { email: `member-of-${team}`, team };
      const alone = await service.ask<{ team: { id: string } }>("GET", "/user/self", await as(`in ${team}`, intruder));
      const inside = await service.ask<{ team: { id: string } }>("GET", "/user/self", await as(`of ${team}`, member));
      assert.notEqual(alone.team.id, inside.team.id);
      if (team === "analysts") assert.equal(inside.team.id, ada.team.id);
    }
  });

  test("who calls himself by another's address or name does not get to run in its place", async () => {
    const mallory = { email: "mallory@example.com", preferred_username: "ada@example.com" };
    const twin = { email: "twin@example.com", preferred_username: "ada" };
    const fake = { name: "tool", visibility: "public" };
    await save("mallory", "function udf() { return 'mallory'; }", fake, mallory);
    await save("twin", "function udf() { return 'twin'; }", fake, twin);
    const address = (owner: string) => `/realtime/x/api/v1/run/udf/saved/${encodeURIComponent(owner)}/tool?format=json`;
    assert.equal((await service.send("GET", address("ada@example.com"), await as("eve"))).status, 403);
    await save("ada", "function udf() { return 'ada'; }", { name: "tool", visibility: "public" });
    assert.equal(await service.ask("GET", address("ada@example.com"), await as("eve")), "ada");
    assert.equal((await service.send("GET", address("ada"), await as("eve"))).status, 404, "two are called so");
  });

  test("passcodes cannot be tried out", async () => {
    const token = await share("ada", "function udf() { return 1; }", { passcode: "1234" });
    const attempt = async (passcode: string) =>
      (
        await service.send("GET", `/realtime-shared/${token}/run/file`, {
          as: null,
          headers: { Authorization: `fused-canvas-passcode ${passcode}` },
        })
      ).status;
    assert.equal(await attempt("1234"), 200);
    const statuses = await Promise.all(Array.from({ length: 30 }, (_, i) => attempt(`wrong${i}`)));
    assert.equal(statuses.filter((status) => status === 403).length, 20);
    assert.equal(await attempt("1234"), 429);
  });

  test("what lets somebody in does not stand in the access log", async () => {
    const token = await share("ada", "function udf() { return 1; }");
    await run(token, "?fused_session_token=abc.def");
    const { access } = await runAccess(service.context, await ownerOf("ada"), "realtime");
    await fetch(`${access.fdPrefix}/nothing.csv`);
    const lines = log.join("\n");
    for (const secret of [token, "abc.def", ...access.masked!]) assert.ok(!lines.includes(secret));
    assert.match(lines, /\/files\/run\//);
  });

  test("runs reach the service itself, and no other port of its machine", async () => {
    for (const [localUrl, place] of [
      ["https://fused.example.com", "fused.example.com:443"],
      ["http://fused.example.com:8787", "fused.example.com:8787"],
    ] as const) {
      const { network } = await runAccess({ ...service.context, localUrl }, await ownerOf("ada"), "realtime");
      assert.deepEqual(network.allowPrivate, [place]);
    }
  });

  test("a source that is nested too deeply ends neither the service nor the engine", async () => {
    const deep = `${"(".repeat(20_000)}1${")".repeat(20_000)}`;
    const saved = await run(await share("eve", `export default function udf() { return ${deep}; }`));
    const inside = `function f() { return fused.run("() => " + "(".repeat(20000) + "1" + ")".repeat(20000)); }`;
    for (const answer of [saved, await run(await share("eve", inside))]) {
      assert.equal(answer.status, 422);
      assert.match(((await answer.json()) as ErrorBody).error.message, /nested too deeply/);
    }
    const many = `[${"(1), ".repeat(3000)}]`;
    const wide = await run(
      await share("eve", `export default function udf() { return ${many}.length; }`),
      "?format=json",
    );
    assert.equal(await wide.text(), "3000");
  });

  test("parameters that are nested too deeply are refused", async () => {
    const body = `{"name":"u","code":"function udf(a) { return 1; }","parameters":{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}}`;
    const answer = await service.send("POST", "/realtime/x/api/v1/run/udf", { ...(await as("eve")), body });
    assert.equal(answer.status, 400);
  });

  async function ownerOf(who: string) {
    const { id, email, team } = await service.ask<{ id: string; email: string; team: { id: string } }>(
      "GET",
      "/user/self",
      await as(who),
    );
    return { userId: id, email, teamId: team.id };
  }
});

test("a notebook that names another service gets no token of the environment sent there", async () => {
  const { baseUrl } = options;
  process.env["FUSED_AUTH_TOKEN"] = "fst_of_the_user";
  try {
    options.baseUrl = "https://evil.example/server/v1";
    assert.equal(await authorization(false, options.baseUrl), undefined);
    process.env["FUSED_BASE_URL"] = "https://evil.example/server/v1/";
    assert.equal(await authorization(false, options.baseUrl), "Fused-Service-Token fst_of_the_user");
  } finally {
    delete process.env["FUSED_AUTH_TOKEN"];
    delete process.env["FUSED_BASE_URL"];
    options.baseUrl = baseUrl;
  }
});

test("a notebook that names another token endpoint gets no refresh token sent there", async () => {
  const issuer = await startIssuer();
  let asked = 0;
  const elsewhere = createServer((_request, response) => {
    asked++;
    response.end("{}");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const path = join(folder, "credentials");
  process.env["FUSED_CREDENTIALS_FILE"] = path;
  try {
    options.auth.tokenUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/token`;
    const login = { access_token: "a", refresh_token: "r", auth_scheme: "Bearer", base_url: "https://x.example" };
    for (const credentials of [{ ...login, issuer: issuer.url, client_id: "c" }, login]) {
      writeFileSync(path, JSON.stringify(credentials));
      await assert.rejects(renew(credentials, { isRejected: true, usesFile: false }));
    }
    assert.equal(asked, 0);
  } finally {
    options.auth.tokenUrl = null;
    delete process.env["FUSED_CREDENTIALS_FILE"];
    elsewhere.close();
    await issuer.close();
  }
});
