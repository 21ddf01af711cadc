import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { needsChromium, openBrowser } from "../../e2e/open-browser.ts";
import { openVisitor } from "../../fixtures/consent.ts";
import { startProvider } from "../../fixtures/oidc-provider.ts";
import { createHeader } from "../../../kernel/iopub.ts";
import { encodeMessage } from "../../../kernel/wire.ts";
import { busyCell } from "../../kernel/busy-cell.ts";
import { openRawKernel } from "../../kernel/raw-kernel.ts";
import { openTestKernel } from "../../kernel/talk.ts";
import { openDoor } from "./door-service.ts";
import { waitFor } from "../../wait-for.ts";

describe("a notebook logs in", { timeout: 120_000 }, async () => {
  const provider = await startProvider();
  const door = await openDoor(provider);
  const home = mkdtempSync(join(tmpdir(), "fused-notebook-login-"));
  const file = join(home, ".fused", "credentials");
  const env = { HOME: home, FUSED_CREDENTIALS_FILE: file, FUSED_BASE_URL: door.url };
  const { run, heard, client } = await openTestKernel({ env });
  after(() => Promise.all([provider.close(), door.close()]));

  /** What stands in the newest card of a kind. */
  const cardWith = async (pattern: RegExp, from = 0): Promise<string> => {
    const newest = () => {
      const cards = heard.slice(from).filter(({ header }) => /display_data$/.test(header.msg_type));
      const texts = cards.map(({ content }) => String((content.data as Record<string, string>)["text/html"]));
      return texts.findLast((text) => pattern.test(text));
    };
    return (await waitFor(`a card with ${pattern}`, newest)).replaceAll("&amp;", "&");
  };
  const tokens = (): string[] => {
    const { access_token, refresh_token } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    return [access_token!, refresh_token!];
  };
  const showsNone = (values: string[]) => {
    const all = JSON.stringify(heard);
    for (const value of values) assert.ok(!all.includes(value), "a token is in an output");
  };

  test("F164 with the link of its card, in Chromium, and then knows who it is", needsChromium, async (t) => {
    const browser = await openBrowser(mkdtempSync(join(tmpdir(), "fused-login-profile-")));
    t.after(() => browser.close());
    const cell = run("%login");
    const card = await cardWith(/Open the log-in page/);
    assert.match(card, /\d min \d+ s left/);
    const page = await browser.newPage();
    await page.goto(/href="([^"]+)"/.exec(card)![1]!);
    await page.fill("input[name=login]", "ada");
    await page.fill("input[name=password]", "any");
    await page.click("button[type=submit]");
    await page.waitForSelector("text=Authorize");
    await page.click("button[type=submit]");
    await page.waitForSelector("text=Logged in");
    const { status, error } = await cell;
    assert.equal(status, "ok", error);
    await cardWith(/✓.*Logged in to http/s);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match((await run("%whoami")).stdout, /^ada@example\.com \(ada\), team analysts/);
    assert.equal((await run("(await fused.api.whoami()).handle")).result, "'ada'");
    await run("console.log(await fused.api.accessToken())");
    showsNone(tokens());
  });

  test("F164 by a code on another machine", async () => {
    const from = heard.length;
    const cell = run("%login --device --force");
    const card = await cardWith(/and enter/, from);
    await openVisitor().enterCode(/href="([^"]+)"/.exec(card)![1]!);
    const { status, error } = await cell;
    assert.equal(status, "ok", error);
    showsNone(tokens());
  });

  test("F172 by pasting what the browser ended up with", async () => {
    await run('const mine = new fused.NotebookCredentials({ flow: "paste", force: true });');
    const from = heard.length;
    const { result } = await run("await mine.opened; mine.url");
    const visitor = openVisitor();
    visitor.stop(/\/callback/);
    const answer = (await visitor.consent(result!.slice(1, -1))).url;
    const { status, error } = await run(`await mine.finalize(${JSON.stringify(answer)})`);
    assert.equal(status, "ok", error);
    await cardWith(/✓/, from);
    showsNone(tokens());
  });

  test("F172 %login --paste asks for it below the card", async (t) => {
    const raw = await openRawKernel({ env });
    t.after(() => raw.close());
    let url: string | undefined;
    raw.listeners.heard = ({ message }) => {
      const html = String((message.content.data as Record<string, string> | undefined)?.["text/html"]);
      url ??= /href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    };
    const cell = raw.execute("%login --paste --force", { allow_stdin: true });
    const { message: question } = await cell.reply;
    assert.match(String(question.content.prompt), /Address that the browser ended up with/);
    const visitor = openVisitor();
    visitor.stop(/\/callback/);
    const value = (await visitor.consent(url!)).url;
    const header = createHeader("input_reply", "raw");
    const answer = {
      identities: [],
      header,
      parent_header: question.header,
      metadata: {},
      content: { value },
      buffers: [],
    };
    const before = tokens()[0];
    raw.queues.stdin.send(encodeMessage(raw.info.key, answer));
    await cell.idle;
    assert.notEqual(tokens()[0], before);
  });

  test("the browser has its answer, and the file its tokens, while a cell keeps the notebook busy", async () => {
    const before = tokens()[0];
    const { result } = await run(
      'const busy = new fused.NotebookCredentials({ flow: "browser", force: true }); await busy.opened; busy.url',
    );
    let isBusy = true;
    const began = join(home, "began");
    const { code, goOn } = busyCell();
    const cell = run(`require("node:fs").writeFileSync(${JSON.stringify(began)}, "");\n${code}`);
    void cell.finally(() => (isBusy = false));
    await waitFor("the cell", () => existsSync(began));
    const page = await openVisitor().consent(result!.slice(1, -1));
    assert.match(page.text, /Logged in/);
    await waitFor("new tokens", () => tokens()[0] !== before, { every: 50 });
    assert.ok(isBusy, "the cell still runs");
    goOn();
    await cell;
    assert.equal((await run("await busy.ready; 1")).result, "1");
    showsNone(tokens());
  });

  test("an interrupt cancels it, and the card says so", async () => {
    const from = heard.length;
    const cell = run("%login --force");
    await cardWith(/Open the log-in page/, from);
    await client.interrupt();
    assert.equal((await cell).status, "error");
    await cardWith(/✗.*was cancelled/s, from);
  });

  test("F169 promptToLogin shows the card when the SDK is first spoken of; noLogin keeps it away", async () => {
    const askEnv = { ...env, FUSED_CREDENTIALS_FILE: join(home, "none"), FUSED_PROMPT_TO_LOGIN: "true" };
    const asking = await openTestKernel({ env: askEnv });
    await asking.run("1 + 1");
    const isCard = () =>
      asking.heard.some(({ content }) => JSON.stringify(content.data ?? "").includes("how to log in"));
    assert.ok(!isCard());
    await asking.run("fused.options.verboseUdfRuns");
    await waitFor("the card", isCard);
    const quiet = await openTestKernel({ env: { ...askEnv, FUSED_NO_LOGIN: "true" } });
    await quiet.run("fused.options.verboseUdfRuns");
    assert.ok(!quiet.heard.some(({ header }) => header.msg_type === "display_data"));
  });

  test("F166 %logout: the file goes, and the next call asks to log in", async () => {
    assert.equal((await run("%logout")).stdout, "Logged out.\n");
    assert.equal((await run("%logout")).stdout, "Nobody was logged in.\n");
    assert.match((await run("%whoami")).error, /AuthError: Nobody is logged in/);
  });
});
