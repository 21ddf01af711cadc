import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setDisplaySink } from "../../../fused/display-sink.ts";
import fused from "../../../fused/index.ts";
import { needsChromium, openBrowser } from "../../e2e/open-browser.ts";
import { closeShared, openTestService, type TestService } from "../../service/open-service.ts";

/** The log-in to a service that is its own provider: what `fused-kernel service` is without options. */
let service: TestService;

before(async () => {
  service = await openTestService();
  setDisplaySink({ display: () => {}, update: () => {} });
});
after(async () => {
  setDisplaySink(undefined);
  await service.close(0);
  await closeShared();
});
beforeEach(() => {
  process.env["FUSED_CREDENTIALS_FILE"] = join(mkdtempSync(join(tmpdir(), "fused-own-")), "credentials");
  fused.options.baseUrl = service.base;
});

/** Sends the form of a page with the owner's token, as its owner does; gives where that leads, or the page it shows. */
async function allow(address: string): Promise<{ location: string | null; html: string }> {
  const page = await fetch(address);
  const html = await page.text();
  const hidden = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
    name!,
    value!.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&"),
  ]);
  const body = new URLSearchParams([...hidden, ["token", service.token!], ["decision", "allow"]] as [string, string][]);
  const action = new URL(/action="([^"]+)"/.exec(html)![1]!, address);
  const answer = await fetch(action, { method: "POST", body, redirect: "manual", headers: { Origin: service.url } });
  return { location: answer.headers.get("location"), html: await answer.text() };
}

const whoIs = async () => (await fused.api.whoami()).email;

test("F164 with the link: the browser's answer comes back by itself", async () => {
  const credentials = new fused.NotebookCredentials();
  await credentials.opened;
  const { location } = await allow(credentials.url!);
  assert.match(await (await fetch(location!)).text(), /Logged in/);
  await credentials.ready;
  assert.match(await whoIs(), /@localhost$/);
});

test("F164 in Chromium: the owner's token and a click, and from then on the click alone", needsChromium, async (t) => {
  const browser = await openBrowser(mkdtempSync(join(tmpdir(), "fused-own-profile-")));
  t.after(() => browser.close());
  const page = await browser.newPage();
  for (const asksForToken of [true, false]) {
    const credentials = new fused.NotebookCredentials({ flow: "browser", force: true });
    await credentials.opened;
    await page.goto(credentials.url!);
    assert.equal(await page.locator("input[name=token]").count(), asksForToken ? 1 : 0);
    if (asksForToken) await page.fill("input[name=token]", service.token!);
    await page.click("button[value=allow]");
    await page.waitForSelector("text=Logged in");
    await credentials.ready;
    assert.match(await whoIs(), /@localhost$/);
  }
  const denied = new fused.NotebookCredentials({ flow: "browser", force: true });
  await denied.opened;
  await page.goto(denied.url!);
  await page.click("button[value=deny]");
  await page.waitForSelector("text=denied");
  await assert.rejects(denied.ready, { name: "AuthError", message: /was denied/ });
});

test("F172 by a code that its last page shows", async () => {
  const credentials = new fused.NotebookCredentials({ flow: "paste" });
  await credentials.opened;
  assert.match(credentials.url!, /show-code/);
  const { location, html } = await allow(credentials.url!);
  const shown = location === null ? html : await (await fetch(new URL(location, service.url))).text();
  const code = /<code[^>]*>([^<]+)<\/code>/.exec(shown)![1]!;
  await credentials.finalize(code);
  assert.match(await whoIs(), /@localhost$/);
});

test("by a code that is entered on another machine", async () => {
  const credentials = new fused.NotebookCredentials({ flow: "device" });
  await credentials.opened;
  await allow(credentials.device!.completeUrl!);
  await credentials.ready;
  assert.match(await whoIs(), /@localhost$/);
  assert.equal(await fused.api.logout(), true);
});
