import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { openClient, openTestLab, token } from "./open-lab.ts";
import { ask } from "./raw-request.ts";

const lab = await openTestLab({ uploadLimit: 120e6 });
const { contents } = openClient(lab.url);
const headers = { Authorization: `token ${token}` };
const onDisk = (path: string) => readFileSync(join(lab.folder, path), "utf8");
const cell = (source: string, outputs: unknown[] = [], metadata: object = {}) => ({
  ...{ cell_type: "code", execution_count: null, id: "a" },
  ...{ metadata, outputs, source },
});
const notebook = (...cells: unknown[]) => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

describe("files and folders through @jupyterlab/services", () => {
  test("a text file is saved and read", async () => {
    const saved = await contents.save("notes.txt", { type: "file", format: "text", content: "Größe\n" });
    assert.equal(saved.path, "notes.txt");
    const model = await contents.get("notes.txt");
    assert.deepEqual(
      [model.type, model.format, model.content, model.mimetype],
      ["file", "text", "Größe\n", "text/plain"],
    );
    assert.equal(model.size, 8);
    assert.ok(model.writable);
  });

  test("bytes are saved and read as base64", async () => {
    const content = Buffer.from([0, 255, 128, 10]).toString("base64");
    await contents.save("bytes.bin", { type: "file", format: "base64", content });
    assert.deepEqual(readFileSync(join(lab.folder, "bytes.bin")), Buffer.from([0, 255, 128, 10]));
    assert.equal((await contents.get("bytes.bin")).content, content);
    await assert.rejects(contents.get("bytes.bin", { format: "text", type: "file", content: true }), /not UTF-8/);
  });

  test("a notebook is written as nbformat writes it, and read back as it was", async () => {
    const content = notebook(cell("one\ntwo", [{ output_type: "stream", name: "stdout", text: "a\nb\n" }]));
    await contents.save("book.ipynb", { type: "notebook", format: "json", content });
    const text = onDisk("book.ipynb");
    assert.match(text, /^\{\n "cells": \[\n  \{\n   "cell_type": "code",\n/);
    assert.match(text, /"source": \[\n\s+"one\\n",\n\s+"two"\n/);
    assert.ok(text.endsWith("}\n"));
    const model = await contents.get("book.ipynb");
    assert.equal(model.type, "notebook");
    assert.equal(model.content.cells[0].source, "one\ntwo");
    assert.equal(model.content.cells[0].outputs[0].text, "a\nb\n");
  });

  test("untitled notebooks, files and folders take the first free name", async () => {
    assert.equal((await contents.newUntitled({ path: "", type: "notebook" })).path, "Untitled.ipynb");
    assert.equal((await contents.newUntitled({ path: "", type: "notebook" })).path, "Untitled1.ipynb");
    assert.equal((await contents.newUntitled({ path: "", type: "file", ext: ".ts" })).path, "untitled.ts");
    assert.equal((await contents.newUntitled({ path: "", type: "directory" })).path, "Untitled Folder");
    assert.equal((await contents.newUntitled({ path: "", type: "directory" })).path, "Untitled Folder 1");
    assert.equal(
      (await contents.newUntitled({ path: "Untitled Folder", type: "file" })).path,
      "Untitled Folder/untitled.txt",
    );
  });

  test("a folder is listed with what its entries are", async () => {
    const { content, type, format } = await contents.get("");
    assert.deepEqual([type, format], ["directory", "json"]);
    const types = Object.fromEntries(
      (content as { name: string; type: string }[]).map((each) => [each.name, each.type]),
    );
    assert.equal(types["book.ipynb"], "notebook");
    assert.equal(types["notes.txt"], "file");
    assert.equal(types["Untitled Folder"], "directory");
  });

  test("a file is renamed, and never onto another", async () => {
    await contents.rename("notes.txt", "Untitled Folder/notizen 1.txt");
    assert.equal(onDisk("Untitled Folder/notizen 1.txt"), "Größe\n");
    await contents.save("other.txt", { type: "file", format: "text", content: "other" });
    await assert.rejects(contents.rename("other.txt", "Untitled Folder/notizen 1.txt"), /already exists/);
    assert.equal(onDisk("Untitled Folder/notizen 1.txt"), "Größe\n");
    await contents.rename("Untitled Folder", "folder");
    assert.ok(existsSync(join(lab.folder, "folder", "notizen 1.txt")));
  });

  test("a copy is numbered", async () => {
    assert.equal((await contents.copy("book.ipynb", "")).path, "book-Copy1.ipynb");
    assert.equal((await contents.copy("book.ipynb", "")).path, "book-Copy2.ipynb");
    assert.equal((await contents.copy("book-Copy1.ipynb", "folder")).path, "folder/book-Copy1.ipynb");
    assert.equal(onDisk("book-Copy2.ipynb"), onDisk("book.ipynb"));
  });

  test("a file is deleted; a folder only when it is empty", async () => {
    await contents.delete("other.txt");
    assert.ok(!existsSync(join(lab.folder, "other.txt")));
    await assert.rejects(contents.delete("folder"), /not empty/);
    await contents.delete("Untitled Folder 1");
    assert.ok(!existsSync(join(lab.folder, "Untitled Folder 1")));
  });

  test("a checkpoint is made, listed, restored and deleted; it follows a rename", async () => {
    await contents.save("draft.txt", { type: "file", format: "text", content: "first" });
    const { id } = await contents.createCheckpoint("draft.txt");
    await contents.save("draft.txt", { type: "file", format: "text", content: "second" });
    await contents.rename("draft.txt", "final.txt");
    assert.deepEqual(
      (await contents.listCheckpoints("final.txt")).map((each) => each.id),
      [id],
    );
    await contents.restoreCheckpoint("final.txt", id);
    assert.equal(onDisk("final.txt"), "first");
    await contents.deleteCheckpoint("final.txt", id);
    assert.deepEqual(await contents.listCheckpoints("final.txt"), []);
  });

  test("what is missing is said to be", async () => {
    await assert.rejects(contents.get("nowhere.txt"), /No such file or directory: nowhere.txt/);
    await assert.rejects(contents.save("no/where.txt", { type: "file", format: "text", content: "" }), /no folder/);
    await assert.rejects(contents.get("book.ipynb", { type: "directory" }), /not a directory/);
    writeFileSync(join(lab.folder, "broken.ipynb"), "{ no");
    await assert.rejects(contents.get("broken.ipynb"), /broken.ipynb is not JSON/);
  });

  test("a large upload comes in pieces, and is there when the last one is", async () => {
    const pieces = ["a", "b", "c"].map((letter) => Buffer.alloc(1e6, letter));
    for (const [i, piece] of pieces.entries()) {
      const chunk = i === pieces.length - 1 ? -1 : i + 1;
      assert.ok(!existsSync(join(lab.folder, "large.bin")));
      await contents.save("large.bin", { type: "file", format: "base64", content: piece.toString("base64"), chunk });
    }
    assert.deepEqual(readFileSync(join(lab.folder, "large.bin")), Buffer.concat(pieces));
  });

  test("a download is what is on the disk, whole or in part", async () => {
    const url = await contents.getDownloadUrl("large.bin");
    const whole = await fetch(url, { headers });
    assert.equal((await whole.arrayBuffer()).byteLength, 3e6);
    const part = await fetch(url, { headers: { ...headers, Range: "bytes=999999-1000000" } });
    assert.equal(part.status, 206);
    assert.equal(await part.text(), "ab");
  });
});

describe("saving", () => {
  test("keeps the file's mode, leaves nothing beside it, and writes through to no hard link of the old content", async () => {
    writeFileSync(join(lab.folder, "script.sh"), "old");
    chmodSync(join(lab.folder, "script.sh"), 0o750);
    const before = lstatSync(join(lab.folder, "script.sh")).ino;
    await contents.save("script.sh", { type: "file", format: "text", content: "new" });
    const after = statSync(join(lab.folder, "script.sh"));
    assert.equal(after.mode & 0o777, 0o750);
    assert.notEqual(after.ino, before);
    assert.deepEqual(
      readdirSync(lab.folder).filter((name) => name.startsWith(".~")),
      [],
    );
  });

  test("tells the hash and the time by which a front end notices a change from elsewhere", async () => {
    await contents.save("watched.txt", { type: "file", format: "text", content: "one" });
    const one = await contents.get("watched.txt", { content: false, hash: true });
    assert.equal(one.hash_algorithm, "sha256");
    assert.equal(one.hash, createHash("sha256").update("one").digest("hex"));
    assert.equal((await contents.get("watched.txt", { content: false, hash: true })).hash, one.hash);
    writeFileSync(join(lab.folder, "watched.txt"), "two");
    const two = await contents.get("watched.txt", { content: true, hash: true });
    assert.equal(two.hash, createHash("sha256").update("two").digest("hex"));
    assert.ok(new Date(two.last_modified) >= new Date(one.last_modified));
  });

  test("more than is taken at a time is refused, told beforehand or found out", async () => {
    const body = Buffer.alloc(125e6, "x");
    const told = await ask(lab.url, "PUT", "/api/contents/huge.txt", headers, body);
    assert.equal(told.status, 413);
    assert.match(String(told.json.message), /120 MB/);
    const chunked = { ...headers, "Transfer-Encoding": "chunked" };
    assert.equal((await ask(lab.url, "PUT", "/api/contents/huge.txt", chunked, body)).status, 413);
    assert.equal((await ask(lab.url, "POST", "/api/sessions", headers, body.subarray(0, 11e6))).status, 413);
    assert.ok(!existsSync(join(lab.folder, "huge.txt")));
  });

  test("a notebook of 50 MB opens and saves", async () => {
    const data = { "text/plain": "x".repeat(5e6), "image/png": "A".repeat(5e6) };
    const output = { output_type: "display_data", data, metadata: {} };
    const content = notebook(...Array.from({ length: 5 }, (_, i) => cell(`show(${i})`, [output], { trusted: true })));
    await contents.save("fifty.ipynb", { type: "notebook", format: "json", content });
    assert.ok(statSync(join(lab.folder, "fifty.ipynb")).size > 50e6);
    const opened = await contents.get("fifty.ipynb", { content: true, hash: true });
    assert.equal(opened.content.cells[4].outputs[0].data["image/png"].length, 5e6);
    assert.equal(opened.content.cells[4].metadata.trusted, true);
  });

  test("not even the body of a request that is no JSON ends the server", async () => {
    assert.equal((await ask(lab.url, "PUT", "/api/contents/x.txt", headers, "{")).status, 400);
    assert.equal((await ask(lab.url, "PUT", "/api/contents/x.txt", headers, "[]")).status, 400);
    assert.equal((await ask(lab.url, "PUT", "/api/contents/x.txt", headers, "{}")).status, 400);
    const bad = JSON.stringify({ type: "notebook", format: "json", content: { cells: [1], nbformat: 4 } });
    assert.equal((await ask(lab.url, "PUT", "/api/contents/x.ipynb", headers, bad)).status, 400);
    assert.equal((await ask(lab.url, "PATCH", "/api/contents/x.txt", headers, "{}")).status, 400);
    assert.equal((await ask(lab.url, "GET", "/api/contents/%zz", headers)).status, 400);
    assert.equal((await ask(lab.url, "GET", "/api/status", headers)).status, 200);
  });
});

describe("trust", () => {
  const rich = { output_type: "display_data", data: { "text/html": "<script>steal()</script>" }, metadata: {} };
  const trustedOf = async (path: string): Promise<unknown[]> =>
    ((await contents.get(path)).content.cells as { metadata: { trusted?: boolean } }[]).map(
      (each) => each.metadata.trusted,
    );
  const plant = (path: string, ...cells: unknown[]) =>
    writeFileSync(join(lab.folder, path), JSON.stringify({ ...notebook(...cells), metadata: { trusted: true } }));

  test("planted `trusted: true` is taken away from a notebook that came from elsewhere", async () => {
    plant("planted.ipynb", cell("1", [rich], { trusted: true }));
    assert.deepEqual(await trustedOf("planted.ipynb"), [undefined]);
  });

  test("an upload with planted `trusted: true` is not trusted either: whole, in pieces, as bytes", async () => {
    const text = JSON.stringify(notebook(cell("1", [rich], { trusted: true })));
    const base64 = Buffer.from(text).toString("base64");
    await contents.save("up1.ipynb", { type: "file", format: "text", content: text });
    await contents.save("up2.ipynb", { type: "file", format: "base64", content: base64 });
    await contents.save("up3.ipynb", { type: "file", format: "base64", content: base64, chunk: 1 });
    await contents.save("up3.ipynb", { type: "file", format: "base64", content: "", chunk: -1 });
    for (const path of ["up1.ipynb", "up2.ipynb", "up3.ipynb"]) assert.deepEqual(await trustedOf(path), [undefined]);
  });

  test("saving a notebook that is not trusted does not make it so", async () => {
    plant("still.ipynb", cell("1", [rich], { trusted: true }));
    const { content } = await contents.get("still.ipynb");
    await contents.save("still.ipynb", { type: "notebook", format: "json", content });
    assert.deepEqual(await trustedOf("still.ipynb"), [undefined]);
  });

  test("one untrusted output among trusted ones keeps the whole notebook untrusted", async () => {
    const content = notebook(cell("1", [rich], { trusted: true }), cell("2", [rich]));
    await contents.save("mixed.ipynb", { type: "notebook", format: "json", content });
    assert.deepEqual(await trustedOf("mixed.ipynb"), [undefined, undefined]);
  });

  test("a notebook that was run and saved here stays trusted, also renamed and copied; the file does not say so", async () => {
    const content = notebook(
      cell("1", [rich], { trusted: true }),
      cell("print", [{ output_type: "stream", name: "stdout", text: "x" }]),
    );
    await contents.save("own.ipynb", { type: "notebook", format: "json", content });
    assert.ok(!onDisk("own.ipynb").includes("trusted"));
    assert.deepEqual(await trustedOf("own.ipynb"), [true, true]);
    await contents.rename("own.ipynb", "mine.ipynb");
    assert.deepEqual(await trustedOf("mine.ipynb"), [true, true]);
    assert.deepEqual(await trustedOf((await contents.copy("mine.ipynb", "")).path), [true, true]);
  });

  test("what another program has changed in it since is not trusted", async () => {
    const text = onDisk("mine.ipynb");
    writeFileSync(join(lab.folder, "mine.ipynb"), text.replace("steal", "steal2"));
    assert.deepEqual(await trustedOf("mine.ipynb"), [undefined, undefined]);
    writeFileSync(join(lab.folder, "mine.ipynb"), text);
    assert.deepEqual(await trustedOf("mine.ipynb"), [true, true]);
  });

  test("trusting a notebook trusts its file as it stands", async () => {
    plant("later.ipynb", cell("1", [rich]));
    assert.equal((await ask(lab.url, "POST", "/api/contents/later.ipynb/trust", headers)).status, 201);
    assert.deepEqual(await trustedOf("later.ipynb"), [true]);
    assert.equal((await ask(lab.url, "POST", "/api/contents/script.sh/trust", headers)).status, 400);
  });

  test("what `fused-kernel run` writes is not trusted by itself, as nbconvert --execute signs nothing", async () => {
    const code = `({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "1", "text/html": "<script>steal()</script>" }) })`;
    writeFileSync(join(lab.folder, "elsewhere.ipynb"), JSON.stringify(notebook(cell(code))));
    const words = ["run", join(lab.folder, "elsewhere.ipynb"), "-o", join(lab.folder, "ran.ipynb")];
    await promisify(execFile)(process.execPath, [join(packageRoot, "bin", "fused-kernel.js"), ...words], {
      env: { ...process.env, FUSED_LAB_STATE_DIRECTORY: lab.state },
    });
    assert.match(onDisk("ran.ipynb"), /steal/);
    assert.deepEqual(await trustedOf("ran.ipynb"), [undefined]);
  });

  test("another user, with another key, does not trust it", async () => {
    const { Signatures } = await import("../../lab/server/contents/signatures.ts");
    const { mkdtempSync } = await import("node:fs");
    const bytes = readFileSync(join(lab.folder, "mine.ipynb"));
    assert.equal(await new Signatures(lab.state).has(bytes), true);
    assert.equal(await new Signatures(mkdtempSync(join(lab.state, "other-"))).has(bytes), false);
  });

  test("the store keeps the latest signatures and no more than it may", async () => {
    const { Signatures } = await import("../../lab/server/contents/signatures.ts");
    const { mkdtempSync } = await import("node:fs");
    const store = new Signatures(mkdtempSync(join(lab.state, "capped-")), 10);
    for (let i = 0; i < 25; i++) await store.add(Buffer.from(String(i)));
    assert.equal(await store.has(Buffer.from("24")), true);
    assert.equal(await store.has(Buffer.from("0")), false);
  });
});

describe("workspaces and the rest of the API", () => {
  test("a workspace is kept, listed and deleted", async () => {
    const workspace = { data: { layout: 1 }, metadata: { id: "default" } };
    const path = "/lab/api/workspaces/default";
    assert.deepEqual((await ask(lab.url, "GET", path, headers)).json.data, {});
    assert.equal((await ask(lab.url, "PUT", path, headers, JSON.stringify(workspace))).status, 204);
    assert.deepEqual((await ask(lab.url, "GET", path, headers)).json.data, { layout: 1 });
    const { workspaces } = (await ask(lab.url, "GET", "/lab/api/workspaces", headers)).json as {
      workspaces: { ids: string[] };
    };
    assert.deepEqual(workspaces.ids, ["default"]);
    assert.equal((await ask(lab.url, "DELETE", path, headers)).status, 204);
    assert.deepEqual((await ask(lab.url, "GET", path, headers)).json.data, {});
  });

  test("who one is, how the server is, what languages there are, and what there is none of", async () => {
    const get = async (path: string) => (await ask(lab.url, "GET", path, headers)).json as Record<string, never>;
    assert.ok((await get("/api/me")).identity);
    assert.equal((await get("/api/status")).kernels, 0);
    assert.deepEqual(Object.keys((await get("/lab/api/translations")).data!), ["en"]);
    assert.deepEqual(await get("/api/nbconvert"), {});
    assert.equal((await ask(lab.url, "GET", "/api/nowhere", headers)).status, 404);
    assert.equal((await ask(lab.url, "PATCH", "/api/me", headers, "{}")).status, 405);
  });
});
