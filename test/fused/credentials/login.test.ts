import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { whoami } from "../../../fused/api/account.ts";
import { loginCard } from "../../../fused/credentials/login-card.ts";
import { setDisplaySink } from "../../../fused/display-sink.ts";
import fused from "../../../fused/index.ts";
import { openVisitor } from "../../fixtures/consent.ts";
import { startProvider, type TestProvider } from "../../fixtures/oidc-provider.ts";
import { openDoor, type DoorService } from "./door-service.ts";
import { waitFor } from "../../wait-for.ts";

let provider: TestProvider;
let door: DoorService;
let file: string;
/** Plain text of the card as it was shown and changed. */
let cards: string[];

before(async () => {
  provider = await startProvider();
  door = await openDoor(provider);
});
after(async () => {
  setDisplaySink(undefined);
  await Promise.all([provider.close(), door.close()]);
});

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "fused-login-")), ".fused", "credentials");
  process.env["FUSED_CREDENTIALS_FILE"] = file;
  fused.options.baseUrl = door.url;
  cards = [];
  const keep = ({ data }: { data: Record<string, unknown> }) => void cards.push(String(data["text/plain"]));
  setDisplaySink({ display: keep, update: keep });
});
afterEach(() => {
  rmSync(join(file, "../.."), { recursive: true, force: true });
});

/** Has somebody listen on a port; where somebody does already, that is as good. */
async function occupy(port: number): Promise<Server | undefined> {
  const listening = async () => {
    const server = createServer();
    const isListening = await new Promise<boolean>((settled) => {
      server.once("error", () => settled(false)).listen(port, "127.0.0.1", () => settled(true));
    });
    return isListening ? server : undefined;
  };
  // The listener of a log-in before may be on its way out.
  return waitFor(`the port ${port}`, listening, { seconds: 10, every: 50 }).catch(() => undefined);
}

const authError = (message: RegExp) => ({ name: "AuthError", message });

describe("the log-in with a link", () => {
  test("F164, F172 the browser's answer comes to a listener of this machine; the file is complete and this user's alone", async () => {
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    const url = new URL(credentials.url!);
    assert.equal(url.searchParams.get("code_challenge_method"), "S256");
    assert.match(url.searchParams.get("redirect_uri")!, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const page = await openVisitor().consent(credentials.url!);
    assert.match(page.text, /Logged in/);
    await credentials.ready;

    const saved = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(file, "..")).mode & 0o777, 0o700);
    assert.equal(saved["auth_scheme"], "Bearer");
    assert.equal(saved["base_url"], door.url);
    assert.equal(typeof saved["refresh_token"], "string");
    const left = Date.parse(String(saved["expires_at"])) - Date.now();
    assert.ok(left < 3600_000 && left > 3500_000, `${left} ms are left`);
    assert.equal((await whoami()).email, "ada@example.com");
    assert.match(cards.at(-1)!, /^Logged in to http:/);
    assert.ok(
      cards.some((card) => card.includes(credentials.url!)),
      "the card has the link",
    );
    for (const token of [saved["access_token"], saved["refresh_token"]]) {
      assert.ok(!cards.join("\n").includes(String(token)), "no card has a token");
    }
  });

  test("the page of a log-in that has had its answer says so", async () => {
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    const visitor = openVisitor();
    const page = await visitor.consent(credentials.url!);
    const again = await visitor.go(page.url);
    assert.match(again.text, /Already answered/);
    await credentials.ready;
  });

  test("F172 an answer with another state is refused, and the log-in goes on", async () => {
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    const redirect = new URL(credentials.url!).searchParams.get("redirect_uri")!;
    const forged = await fetch(`${redirect}?code=stolen&state=of-another`);
    assert.equal(forged.status, 400);
    assert.match(await forged.text(), /another log-in/);
    await assert.rejects(
      credentials.finalize(`${redirect}?code=stolen&state=of-another`),
      authError(/another log-in \(its state/),
    );
    await openVisitor().consent(credentials.url!);
    await credentials.ready;
  });

  test("an answer that names another issuer is refused", async () => {
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    const visitor = openVisitor();
    visitor.stop(/\/callback/);
    const answer = new URL((await visitor.consent(credentials.url!)).url);
    answer.searchParams.set("iss", "http://127.0.0.1:9");
    const page = await fetch(answer);
    assert.equal(page.status, 400);
    await assert.rejects(credentials.ready, authError(/iss/));
    assert.ok(!existsSync(file));
  });

  test("a provider that says it is another issuer is not used", async () => {
    const liar = await startProvider({ discovery: (document) => ({ ...document, issuer: "http://127.0.0.1:9" }) });
    const atLiar = await openDoor(liar);
    fused.options.baseUrl = atLiar.url;
    const credentials = new fused.NotebookCredentials();
    await assert.rejects(credentials.ready, authError(/another issuer than the one that was asked for/));
    await Promise.all([liar.close(), atLiar.close()]);
  });

  test("denied on the provider's page: the cell, the card and the page say so", async () => {
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    const page = await openVisitor().deny(credentials.url!);
    assert.match(page.text, /denied/);
    await assert.rejects(credentials.ready, authError(/was denied/));
    assert.match(cards.at(-1)!, /was denied/);
    assert.ok(!existsSync(file));
  });

  test("a closed tab: nobody comes, and the log-in ends when its time is over", async () => {
    const credentials = new fused.NotebookCredentials({ timeout: 0.8 });
    await assert.rejects(credentials.ready, authError(/Nobody logged in within/));
    assert.match(cards.at(-1)!, /start again/);
    await assert.rejects(credentials.finalize("late"), authError(/over|Nobody logged in/));
  });

  test("a busy port: the next free one is taken", async () => {
    const busy = await Promise.all([3000, 3001].map(occupy));
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    const { port } = new URL(new URL(credentials.url!).searchParams.get("redirect_uri")!);
    assert.ok(Number(port) > 3001, port);
    await openVisitor().consent(credentials.url!);
    await credentials.ready;
    for (const server of busy) server?.close();
  });

  test("a home that cannot be written: logged in for the session, with a warning", async (t) => {
    // Below a file nothing can be made, not even by root.
    writeFileSync(join(file, "../../.fused"), "");
    const warn = t.mock.method(console, "warn", () => {});
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    await openVisitor().consent(credentials.url!);
    await credentials.ready;
    assert.match(String(warn.mock.calls[0]?.arguments[0]), /holds for this session only: .* cannot be written/);
    assert.equal((await whoami()).handle, "ada");
    await fused.api.logout();
    await assert.rejects(whoami(), authError(/Nobody is logged in/));
  });

  test("F169 with saveUserSettings off nothing is written", async (t) => {
    t.mock.method(console, "warn", () => {});
    fused.options.saveUserSettings = false;
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    await openVisitor().consent(credentials.url!);
    await credentials.ready;
    fused.options.reset("saveUserSettings");
    assert.ok(!existsSync(file));
    assert.equal((await whoami()).handle, "ada");
    await fused.api.logout();
  });

  test("cancelled: the log-in ends at once, and its listener with it", async () => {
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    credentials.cancel();
    await assert.rejects(credentials.ready, authError(/was cancelled/));
    assert.match(cards.at(-1)!, /cancelled/);
  });

  test("a service that does not say who logs in there", async () => {
    fused.options.baseUrl = `${provider.issuer}/nothing`;
    const credentials = new fused.NotebookCredentials();
    await assert.rejects(credentials.ready, authError(/does not say how to log in.*fused-kernel service/s));
  });
});

describe("the log-in without a browser of this machine", () => {
  test("F172 paste: the address that the browser ended up with, or the code in it", async () => {
    for (const part of ["address", "code"]) {
      const credentials = new fused.NotebookCredentials({ flow: "paste", force: true });
      await credentials.opened;
      const visitor = openVisitor();
      visitor.stop(/\/callback/);
      const answer = (await visitor.consent(credentials.url!)).url;
      await assert.rejects(credentials.finalize("  "), authError(/Paste the whole address/));
      await assert.rejects(credentials.finalize("no-such-code"), authError(/did not give a log-in.*grant/s));
      await credentials.finalize(part === "address" ? answer : new URL(answer).searchParams.get("code")!);
      await credentials.ready;
      assert.equal((await whoami()).handle, "ada");
    }
  });

  test("device: a code that is entered on any machine", async () => {
    const credentials = new fused.NotebookCredentials({ flow: "device" });
    await credentials.opened;
    assert.equal(credentials.url, undefined);
    const { code, completeUrl } = credentials.device!;
    assert.match(code, /^\w{4}-\w{4}$/);
    assert.ok(cards.at(-1)!.includes(code));
    const page = await openVisitor().enterCode(completeUrl!);
    assert.match(page.text, /success/i);
    await credentials.ready;
    assert.equal((await whoami()).handle, "ada");
  });

  test("a provider without the device grant: the link stays, and --device says so", async () => {
    const plain = await startProvider({ hasDeviceGrant: false });
    const atPlain = await openDoor(plain);
    fused.options.baseUrl = atPlain.url;
    const credentials = new fused.NotebookCredentials();
    await credentials.opened;
    assert.equal(credentials.device, undefined);
    credentials.cancel();
    const device = new fused.NotebookCredentials({ flow: "device" });
    await assert.rejects(device.ready, authError(/has no log-in by code/));
    await Promise.all([plain.close(), atPlain.close()]);
  });
});

test("the card is HTML without scripts that shows link, code and the time that is left", () => {
  const asked = {
    url: "https://id.example.com/auth?a=1&b=<x>",
    device: { url: "https://id.example.com/device", code: "ABCD-EFGH" },
    listens: true,
    expiresAt: 295_000,
  };
  const { data } = loginCard({ baseUrl: "https://fused.example.com", flow: "auto", asked }, 0);
  const html = String(data["text/html"]);
  assert.match(html, /href="https:\/\/id\.example\.com\/auth\?a=1&amp;b=&lt;x&gt;"/);
  assert.match(html, /ABCD-EFGH/);
  assert.match(html, /4 min 55 s left/);
  assert.doesNotMatch(html, /<script|onclick/);
});
