import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { whoami } from "../../../fused/api/account.ts";
import { setDisplaySink } from "../../../fused/display-sink.ts";
import fused from "../../../fused/index.ts";
import { openVisitor } from "../../fixtures/consent.ts";
import { startProvider, type TestProvider } from "../../fixtures/oidc-provider.ts";
import { openDoor, type DoorService } from "./door-service.ts";

let provider: TestProvider;
let door: DoorService;
let file: string;
const authError = (message: RegExp) => ({ name: "AuthError", message });

before(async () => {
  provider = await startProvider();
  door = await openDoor(provider);
});
after(() => Promise.all([provider.close(), door.close()]));

beforeEach(async () => {
  file = join(mkdtempSync(join(tmpdir(), "fused-renew-")), "credentials");
  process.env["FUSED_CREDENTIALS_FILE"] = file;
  fused.options.baseUrl = door.url;
  fused.options.requestRetryBaseDelay = 0.01;
  setDisplaySink({ display: () => {}, update: () => {} });
  const credentials = new fused.NotebookCredentials();
  await credentials.opened;
  await openVisitor().consent(credentials.url!);
  await credentials.ready;
});
afterEach(async () => {
  delete process.env["FUSED_AUTH_TOKEN"];
  delete process.env["FUSED_AUTH_TOKEN_TYPE"];
  rmSync(join(file, ".."), { recursive: true, force: true });
});

type Saved = Record<string, string>;
const read = (): Saved => JSON.parse(readFileSync(file, "utf8")) as Saved;
const change = (with_: Record<string, unknown>) => writeFileSync(file, JSON.stringify({ ...read(), ...with_ }));
const expired = { expires_at: new Date(Date.now() - 1000).toISOString() };

test("F165 an expired token is renewed once, and the file has the new one", async () => {
  const before = read();
  const count = provider.refreshes();
  change(expired);
  assert.equal((await Promise.all([whoami(), whoami(), whoami()])).length, 3);
  assert.equal(provider.refreshes() - count, 1);
  assert.notEqual(read()["access_token"], before["access_token"]);
  assert.notEqual(read()["refresh_token"], before["refresh_token"], "this provider takes a refresh token once");
  await whoami();
  assert.equal(provider.refreshes() - count, 1, "the new one is good for its time");
});

test("F165 two kernels that find the token expired at once: one renews it, both go on", async () => {
  change(expired);
  const count = provider.refreshes();
  const entry = fileURLToPath(new URL("renew-in-a-process.ts", import.meta.url));
  const env = { ...process.env, FUSED_BASE_URL: door.url, FUSED_CREDENTIALS_FILE: file };
  const kernels = [1, 2].map(() => promisify(execFile)(process.execPath, ["--no-node-snapshot", entry], { env }));
  for (const { stdout } of await Promise.all(kernels)) assert.deepEqual(JSON.parse(stdout), Array(5).fill("ada"));
  assert.equal(provider.refreshes() - count, 1);
  assert.ok(!existsSync(`${file}.lock`));
});

test("a token that the service no longer takes is renewed whatever its date says, and the request sent again", async () => {
  door.refused.add(read()["access_token"]!);
  assert.equal((await whoami()).handle, "ada");
});

test("revoked at the provider: an AuthError that says how to log in, and the file stays", async () => {
  const { refresh_token: token } = read();
  const body = new URLSearchParams({ token: token!, client_id: provider.clientId });
  const answer = await fetch(`${provider.issuer}/token/revocation`, { method: "POST", body });
  assert.equal(answer.status, 200);
  change(expired);
  await assert.rejects(whoami(), authError(/has ended: it was revoked.*%login/s));
  assert.ok(existsSync(file));
});

test("a provider that cannot be reached is no end of the log-in", async () => {
  change({ ...expired, issuer: "http://127.0.0.1:59998" });
  await assert.rejects(whoami(), (error: Error) => {
    assert.equal(error.name, "FusedError");
    assert.match(error.message, /could not be renewed: .*nothing listens there/);
    return true;
  });
});

test("without a refresh token an expired log-in is over", async () => {
  const { refresh_token: _, ...rest } = read();
  writeFileSync(file, JSON.stringify({ ...rest, ...expired }));
  await assert.rejects(whoami(), authError(/has expired, and it came without a refresh token/));
});

test("a file that is missing, empty, or no log-in", async () => {
  const secret = read()["access_token"]!;
  for (const [text, message] of [
    ["", /Nobody is logged in/],
    [`{"access_token": "${secret}`, /is no log-in \(it is not JSON\)/],
    ["[]", /it has no access_token/],
  ] as const) {
    writeFileSync(file, text);
    await assert.rejects(whoami(), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes(secret));
      return true;
    });
  }
  rmSync(file);
  await assert.rejects(whoami(), authError(/Nobody is logged in.*%login/s));
});

test("a log-in is shown to no service but its own", async () => {
  const other = await openDoor(provider);
  fused.options.baseUrl = other.url;
  await assert.rejects(whoami(), authError(/Nobody is logged in/));
  assert.deepEqual(other.seen, []);
  await other.close();
});

test("F166 logout: the file goes, the provider forgets its tokens, and twice is fine", async () => {
  const { refresh_token: token } = read();
  assert.equal(await fused.api.logout(), true);
  assert.ok(!existsSync(file));
  await assert.rejects(whoami(), authError(/Nobody is logged in/));
  assert.equal(await fused.api.logout(), false);
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: token!,
    client_id: provider.clientId,
  });
  const answer = await fetch(`${provider.issuer}/token`, { method: "POST", body });
  assert.equal(((await answer.json()) as { error: string }).error, "invalid_grant");
});

test("F167 accessToken gives the token with a warning", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  assert.equal(await fused.api.accessToken(), read()["access_token"]);
  assert.match(String(warn.mock.calls[0]?.arguments[0]), /is you/);
  assert.ok(!String(warn.mock.calls[0]?.arguments[0]).includes(read()["access_token"]!));
});

test("F172 a service account's token in the environment ranks above the log-in", async () => {
  process.env["FUSED_AUTH_TOKEN"] = "fst_of_a_service_account";
  await assert.rejects(whoami(), authError(/not taken/));
  assert.equal(door.seen.at(-1), "Fused-Service-Token fst_of_a_service_account");
  process.env["FUSED_AUTH_TOKEN_TYPE"] = "Bearer";
  process.env["FUSED_AUTH_TOKEN"] = read()["access_token"]!;
  assert.equal((await whoami()).handle, "ada");
});

test("F165 a second log-in is not asked for where somebody is logged in", async () => {
  const again = new fused.NotebookCredentials();
  await again.ready;
  assert.equal(again.url, undefined);
});
