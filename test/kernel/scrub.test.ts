import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createScrubber } from "../../kernel/scrub/scrubber.ts";
import { openTestKernel } from "./talk.ts";

const mask = "••••••••";
const token = `fst_${randomBytes(30).toString("base64url")}`;
const awkward = 'pä"ss & <wörd>/+ 123456';

describe("the scrubber", () => {
  const scrubber = createScrubber();
  scrubber.know([token, awkward]);

  test("knows a secret in JSON, addresses, HTML, hex and base64 of whatever holds it", () => {
    for (const secret of [token, awkward]) {
      const json = JSON.stringify({ secret });
      const forms = [
        secret,
        json,
        JSON.stringify(json),
        encodeURIComponent(secret),
        secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
        Buffer.from(secret).toString("hex"),
        ...["", "a", "ab", "abc"].map((before) => Buffer.from(`${before}${secret}after`).toString("base64")),
        ...["", "a", "ab"].map((before) => Buffer.from(`${before}${secret}after`).toString("base64url")),
      ];
      for (const form of forms) {
        const shown = scrubber.text(`before ${form} after`);
        assert.ok(
          shown.includes(mask) && shown.startsWith("before ") && shown.endsWith(" after"),
          `${form} → ${shown}`,
        );
      }
    }
  });

  test("what is cut off behind its beginning is found as well", () => {
    assert.equal(scrubber.text(`${token.slice(0, 28)}…`), `${mask}…`);
  });

  test("names and members of objects; bytes keep their length", () => {
    assert.deepEqual(scrubber.value({ a: [{ [token]: token }], n: 1, none: null }), {
      a: [{ [mask]: mask }],
      n: 1,
      none: null,
    });
    const bytes = Buffer.concat([Buffer.from([0, 255]), Buffer.from(token), Buffer.from([7])]);
    const [shown] = scrubber.buffers([bytes]);
    assert.equal(shown!.length, bytes.length);
    assert.ok(!shown!.includes(token));
    assert.deepEqual([shown![0], shown![1], shown!.at(-1)], [0, 255, 7]);
    assert.ok(bytes.includes(token), "the widget's own bytes stay");
  });

  test("in a stream, however it is cut; the rest of the text is whole and in order", () => {
    const text = `one ${token} two ${token}${token} three ${JSON.stringify(awkward)} four ${token.slice(0, 5)}`;
    for (const size of [1, 2, 3, 7, 20, 1000]) {
      const stream = scrubber.stream();
      let shown = "";
      for (let at = 0; at < text.length; at += size) shown += stream.push(text.slice(at, at + size));
      shown += stream.release(true);
      assert.equal(
        shown,
        `one ${mask} two ${mask}${mask} three "${mask}" four ${token.slice(0, 5)}`,
        `in pieces of ${size}`,
      );
    }
  });

  test("a beginning that is shown meanwhile gives no more away than that", () => {
    const stream = scrubber.stream();
    let shown = "";
    for (const letter of token) shown += stream.push(letter) + stream.release(false);
    shown += stream.push("!");
    assert.ok(shown.endsWith("!"));
    assert.ok(!shown.includes(token.slice(0, 9)), shown);
  });

  test("texts that are no secret are as they were, in streams too", () => {
    const stream = scrubber.stream();
    const text = "fst_ is how they begin; fst_a is none. p and pä are letters.";
    let shown = "";
    for (const letter of text) shown += stream.push(letter);
    assert.equal(shown + stream.release(true), text);
    assert.equal(scrubber.text(text), text);
  });

  test("short values are no secrets, and without one nothing is looked at", () => {
    const idle = createScrubber();
    assert.ok(idle.isIdle);
    const value = { text: "abc" };
    assert.equal(idle.value(value), value);
    idle.know(["abc"]);
    assert.equal(idle.text("abc"), "abc");
  });
});

describe("a notebook that tries to show a token", async () => {
  const home = mkdtempSync(join(tmpdir(), "fused-scrub-"));
  mkdirSync(join(home, ".fused"));
  const saved = {
    access_token: `eyJhbGciOiJSUzI1NiJ9.${randomBytes(60).toString("base64url")}`,
    refresh_token: randomBytes(32).toString("base64url"),
  };
  writeFileSync(join(home, ".fused", "credentials"), JSON.stringify(saved));
  const secret = "a secret of this notebook 42";
  const env = {
    HOME: home,
    USERPROFILE: home,
    FUSED_AUTH_TOKEN: token,
    FUSED_CREDENTIALS_FILE: join(home, ".fused", "credentials"),
    FUSED_SECRET_OF_ENV: "from-the-environment",
  };
  writeFileSync(join(home, "mine"), secret);
  const all = [token, saved.access_token, saved.refresh_token, secret, "from-the-environment"];
  /** Ways out, for a variable `t`. */
  const attempts = {
    print: "console.log(t)",
    "letter by letter": "for (const letter of t) process.stdout.write(letter)",
    "letter by letter, slowly":
      "for (const letter of t.slice(0, 30)) { process.stdout.write(letter); await new Promise((go) => setTimeout(go, 12)); }",
    "letter by letter to both streams": "for (const letter of t) process.stderr.write(letter)",
    value: "t",
    "a member": "({ deep: [{ t }] })",
    JSON: "console.log(JSON.stringify({ t }))",
    base64: "console.log(btoa('x' + t), Buffer.from(t).toString('base64url'), Buffer.from(t).toString('hex'))",
    address: "console.log(`http://127.0.0.1/?t=${encodeURIComponent(t)}`)",
    "an error": "throw new Error(`it is ${t}`)",
    "an error's name": "class E extends Error { name = t }; throw new E('x')",
    "a rejection nobody waits for": "void Promise.reject(new Error(t)); await new Promise((go) => setTimeout(go, 50))",
    display: "await display({ 'text/html': `<b title='${t}'>${t}</b>`, 'text/plain': t }, { raw: true })",
    "a display that changes": "const d = await display('…'); await d.update(t)",
    "a table": "[{ name: 'token', value: t }, { name: 'again', value: t }]",
    "a live table": "fused.table([{ name: 'token', value: t }])",
    "a slider": "fused.controls.text(t)",
    markdown: "await display({ 'text/markdown': t }, { raw: true })",
    "a child process":
      "require('node:child_process').execFileSync(process.execPath, ['-e', 'process.stdout.write(process.argv[1])', t], { stdio: 'inherit' })",
    "a UDF":
      "await fused.run(fused.udf((t: string) => { console.log(t); throw new Error(t); }), { t }, { engine: 'local' })",
    "the history": "%history",
  };

  test("in no output, whichever way; nor in replies, history and comm messages", { timeout: 120_000 }, async () => {
    const { run, heard, client, cwd } = await openTestKernel({ env });
    await run(`fused.secrets.set("MINE", require("node:fs").readFileSync(${JSON.stringify(join(home, "mine"))}, "utf8"));
const values = [process.env.FUSED_AUTH_TOKEN!, ...Object.values(JSON.parse(require("node:fs").readFileSync(${JSON.stringify(env.FUSED_CREDENTIALS_FILE)}, "utf8"))) as string[], fused.secrets.get("MINE"), fused.secrets.get("OF_ENV")];
let t = "";`);
    for (let i = 0; i < all.length; i++) {
      await run(`t = values[${i}]`);
      for (const [how, code] of Object.entries(attempts)) {
        if (i > 0 && /process|UDF|slowly/.test(how)) continue;
        const before = heard.length;
        await run(code);
        check(heard.slice(before), how);
      }
    }
    await run(`// ${token} in a comment`);
    check(heard, "the echo of the code");
    const inspected = await client.request("inspect_request", { code: "t", cursor_pos: 1, detail_level: 0 });
    check([inspected], "inspect");
    const history = await client.request("history_request", {
      hist_access_type: "tail",
      n: 100,
      raw: true,
      output: false,
    });
    check([history], "history");
    await new Promise((go) => setTimeout(go, 500));
    check([readFileSync(join(cwd, "history.jsonl"), "utf8")], "the history's file");
  });

  test("nor in a notebook that fused-kernel run writes", { timeout: 120_000 }, () => {
    const lines = [
      "const t = process.env.FUSED_AUTH_TOKEN!;",
      ...Object.values(attempts).filter((code) => !/throw|%history|reject|fused\.run/.test(code)),
    ];
    const cells = [...lines, "throw new Error(t)"].map((source, i) => {
      return {
        cell_type: "code",
        id: `c${i}`,
        execution_count: null,
        metadata: {},
        outputs: [],
        source: source === lines[0] ? source : `{ ${source} }`,
      };
    });
    const notebook = join(home, "tries.ipynb");
    writeFileSync(notebook, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    const out = join(home, "out.ipynb");
    const cli = fileURLToPath(new URL("../../bin/fused-kernel.js", import.meta.url));
    const html = join(home, "out.html");
    execFileSync(process.execPath, [cli, "run", notebook, "-o", out, "--html", html, "--allow-errors"], {
      env: { ...process.env, ...env, FUSED_HISTORY_FILE: join(home, "history.jsonl") },
      stdio: "pipe",
    });
    const written = readFileSync(out, "utf8");
    assert.ok(written.includes(mask));
    check([written, readFileSync(html, "utf8")], "the written notebook");
  });

  function check(said: unknown[], how: string): void {
    const text = said.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join("\n");
    const streams = said
      .filter((each) => (each as { header?: { msg_type: string } }).header?.msg_type === "stream")
      .map((each) => (each as { content: { text: string } }).content.text)
      .join("");
    for (const value of all) {
      for (const form of [
        value,
        encodeURIComponent(value),
        Buffer.from(value).toString("base64").slice(0, -4),
        Buffer.from(value).toString("hex"),
      ]) {
        assert.ok(!text.includes(form) && !streams.includes(form), `${how}: ${form} is shown`);
      }
    }
    for (const each of said) {
      for (const buffer of (each as { buffers?: Buffer[] }).buffers ?? []) {
        for (const value of all) assert.ok(!Buffer.from(buffer).includes(value), `${how}: in a buffer`);
      }
    }
  }
});
