import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { partsOf } from "../../lab/server/contents/folder.ts";
import { openTestLab, token } from "./open-lab.ts";
import { ask } from "./raw-request.ts";

const lab = await openTestLab();
const headers = { Authorization: `token ${token}` };
const outside = mkdtempSync(join(tmpdir(), "fused-outside-"));
writeFileSync(join(outside, "secret.txt"), "secret");
mkdirSync(join(lab.folder, "sub"));
writeFileSync(join(lab.folder, "inside.txt"), "inside");
writeFileSync(join(lab.folder, ".hidden"), "hidden");
mkdirSync(join(lab.folder, ".git"));
writeFileSync(join(lab.folder, ".git", "config"), "hidden");
symlinkSync(outside, join(lab.folder, "folder-out"));
symlinkSync(join(outside, "secret.txt"), join(lab.folder, "file-out.txt"));
symlinkSync(join(outside, "new.txt"), join(lab.folder, "dangling-out.txt"));
symlinkSync("inside.txt", join(lab.folder, "link-in.txt"));
symlinkSync("loop", join(lab.folder, "loop"));

const text = (content: string) => JSON.stringify({ type: "file", format: "text", content });
const name = outside.split("/").at(-1)!;

describe("nothing outside of the folder is reached", () => {
  const ways = [
    `../${name}/secret.txt`,
    `sub/../../${name}/secret.txt`,
    `..%2f${name}%2fsecret.txt`,
    `%2e%2e/${name}/secret.txt`,
    `%2e%2e%2f${name}%2fsecret.txt`,
    `.%2e/${name}/secret.txt`,
    `sub/%2e%2e/%2e%2e/${name}/secret.txt`,
    `..%5c${name}%5csecret.txt`,
    `..\\${name}\\secret.txt`,
    `%c0%ae%c0%ae/${name}/secret.txt`,
    `/${outside}/secret.txt`,
    `%2f${outside.slice(1).replaceAll("/", "%2f")}%2fsecret.txt`,
    `sub%00/../../${name}/secret.txt`,
    `inside.txt%00.ipynb`,
    `./../${name}/secret.txt`,
    `....//${name}/secret.txt`,
    `..;/${name}/secret.txt`,
    `folder-out/secret.txt`,
    `file-out.txt`,
    `sub/../folder-out/secret.txt`,
  ];
  for (const way of ways) {
    test(`by ${way.replaceAll(outside, "OUTSIDE").replaceAll(name, "OUTSIDE")}`, async () => {
      for (const path of [`/api/contents/${way}`, `/files/${way}`, `/api/contents/${way}/checkpoints`]) {
        const read = await ask(lab.url, "GET", path, headers);
        assert.ok([400, 403, 404].includes(read.status), `GET ${path}: ${read.status}`);
        assert.ok(!read.body.includes('"secret"') && read.body !== "secret", path);
      }
      for (const method of ["PUT", "DELETE", "POST", "PATCH"]) {
        const body = method === "PATCH" ? JSON.stringify({ path: "taken.txt" }) : text("overwritten");
        const { status } = await ask(lab.url, method, `/api/contents/${way}`, headers, body);
        assert.ok([400, 403, 404].includes(status), `${method} ${way}: ${status}`);
      }
      assert.equal(readFileSync(join(outside, "secret.txt"), "utf8"), "secret");
      assert.ok(!existsSync(join(lab.folder, "taken.txt")));
    });
  }

  test("encoded twice it is a name like any other, in the folder", async () => {
    const way = `%252e%252e%252f${name}%252fmine.txt`;
    assert.equal((await ask(lab.url, "PUT", `/api/contents/${way}`, headers, text("mine"))).status, 201);
    assert.equal(readFileSync(join(lab.folder, `%2e%2e%2f${name}%2fmine.txt`), "utf8"), "mine");
    assert.ok(!existsSync(join(outside, "mine.txt")));
    assert.equal((await ask(lab.url, "DELETE", `/api/contents/${way}`, headers)).status, 204);
  });

  test("through the built pages", async () => {
    for (const way of [
      "../../package.json",
      "..%2f..%2fpackage.json",
      "%2e%2e/%2e%2e/package.json",
      "assets/../../../package.json",
      "assets%2f..%2f..%2f..%2fpackage.json",
    ]) {
      const { status, body } = await ask(lab.url, "GET", `/static/lab/${way}`);
      assert.ok([400, 404, 503].includes(status), `${way}: ${status}`);
      assert.ok(!body.includes("fused-kernel"), way);
    }
  });

  test("through a kernelspec's files", async () => {
    for (const way of [
      "fused-ts/kernel.json",
      "fused-ts/..%2f..%2fpackage.json",
      "..%2f..%2fpackage.json/x",
      "..%2fkernels%2fpython3/kernel.json",
      "%2e%2e/logo-64x64.png",
    ]) {
      assert.ok([400, 404].includes((await ask(lab.url, "GET", `/kernelspecs/${way}`, headers)).status), way);
    }
  });

  test("by renaming, copying or making something there", async () => {
    for (const path of [`../${name}/taken.txt`, `folder-out/taken.txt`, `/../${name}/taken.txt`, "dangling-out.txt"]) {
      const { status } = await ask(lab.url, "PATCH", "/api/contents/inside.txt", headers, JSON.stringify({ path }));
      assert.ok([400, 403, 404].includes(status), path);
    }
    for (const copy_from of [`../${name}/secret.txt`, "folder-out/secret.txt", "file-out.txt", ".hidden"]) {
      const { status } = await ask(lab.url, "POST", "/api/contents/sub", headers, JSON.stringify({ copy_from }));
      assert.ok([400, 403, 404].includes(status), copy_from);
    }
    for (const ext of ["/../../x", "\\x", "\u0000"]) {
      const { status } = await ask(lab.url, "POST", "/api/contents/", headers, JSON.stringify({ type: "file", ext }));
      assert.ok([400, 403, 404].includes(status), ext);
    }
    const put = await ask(lab.url, "PUT", "/api/contents/dangling-out.txt", headers, text("x"));
    assert.equal(put.status, 403);
    const chunk = JSON.stringify({ type: "file", format: "text", content: "x", chunk: 1 });
    assert.equal((await ask(lab.url, "PUT", "/api/contents/folder-out/x.txt", headers, chunk)).status, 403);
    for (const file of ["taken.txt", "new.txt", "x.txt"]) assert.ok(!existsSync(join(outside, file)), file);
    assert.equal(readFileSync(join(lab.folder, "inside.txt"), "utf8"), "inside");
  });

  test("by a kernel that is to start there: it starts in the folder", async () => {
    const body = JSON.stringify({
      path: `../${name}/x.ipynb`,
      type: "notebook",
      name: "",
      kernel: { name: "fused-ts" },
    });
    const session = await ask(lab.url, "POST", "/api/sessions", headers, body);
    const { id } = session.json.kernel as { id: string };
    assert.equal(lab.server.kernels.get(id).launch.cwd, lab.server.kernels.get(id).launch.cwd.replace(outside, ""));
    await ask(lab.url, "DELETE", `/api/kernels/${id}`, headers);
  });
});

describe("what is hidden stays hidden", () => {
  for (const path of [".hidden", ".git", ".git/config", "%2ehidden", "sub/../.hidden", ".ipynb_checkpoints"]) {
    test(path, async () => {
      assert.ok([400, 404].includes((await ask(lab.url, "GET", `/api/contents/${path}`, headers)).status));
      assert.ok([400, 404].includes((await ask(lab.url, "GET", `/files/${path}`, headers)).status));
      assert.ok([400, 404].includes((await ask(lab.url, "PUT", `/api/contents/${path}`, headers, text("x"))).status));
      assert.equal(readFileSync(join(lab.folder, ".hidden"), "utf8"), "hidden");
    });
  }

  test("a listing leaves out what is hidden, what leads out and what leads nowhere", async () => {
    const { json } = await ask(lab.url, "GET", "/api/contents/", headers);
    const names = (json.content as { name: string }[]).map((each) => each.name).sort();
    assert.deepEqual(names, ["inside.txt", "link-in.txt", "sub"]);
  });
});

describe("symlinks that stay in the folder", () => {
  test("are read, and written through", async () => {
    assert.equal((await ask(lab.url, "GET", "/api/contents/link-in.txt", headers)).json.content, "inside");
    await ask(lab.url, "PUT", "/api/contents/link-in.txt", headers, text("changed"));
    assert.equal(readFileSync(join(lab.folder, "inside.txt"), "utf8"), "changed");
    const { json } = await ask(lab.url, "GET", "/api/contents/link-in.txt", headers);
    assert.equal(json.path, "link-in.txt");
  });

  test("are deleted themselves, not what they lead to", async () => {
    assert.equal((await ask(lab.url, "DELETE", "/api/contents/link-in.txt", headers)).status, 204);
    assert.ok(existsSync(join(lab.folder, "inside.txt")));
  });
});

test("names that Windows takes for something else are refused there", () => {
  for (const bad of [
    "con",
    "CON.txt",
    "aux.ipynb",
    "nul",
    "com1.csv",
    "a.txt:stream",
    "a.ipynb::$DATA",
    "C:x",
    "trailing.",
    "trailing ",
    "PROGRA~1",
    "GIT~1",
    "a|b",
    "a?b",
  ]) {
    assert.throws(() => partsOf(`sub/${bad}`, "win32"), /Windows/, bad);
    assert.ok(partsOf(`sub/${bad}`, "linux"), bad);
  }
  assert.deepEqual(partsOf("sub/my notes (1).ipynb", "win32"), ["sub", "my notes (1).ipynb"]);
  assert.throws(() => partsOf("sub/..", "win32"));
});

test("a name with spaces, umlauts, quotes, percent signs and emoji is just a name", async () => {
  for (const odd of ['Größe 100% "neu".txt', "日本.txt", "🗺.txt", "a&b=c#d?.txt", "%2e%2e.txt"]) {
    const path = `/api/contents/${encodeURIComponent(odd)}`;
    assert.equal((await ask(lab.url, "PUT", path, headers, text(odd))).status, 201, odd);
    assert.equal((await ask(lab.url, "GET", path, headers)).json.content, odd);
    assert.equal(readFileSync(join(lab.folder, odd), "utf8"), odd);
  }
});

describe("paths that a kernel prints", () => {
  const resolved = async (path: string) => {
    const { status, body } = await ask(lab.url, "GET", `/api/resolvePath?path=${encodeURIComponent(path)}`, headers);
    assert.equal(status, 200);
    return (JSON.parse(body) as { resolved: { scope: string; path: string }[] }).resolved;
  };

  test("lead to the files of the lab that they mean", async () => {
    for (const path of ["inside.txt", "./inside.txt", "sub/../inside.txt", join(lab.folder, "inside.txt")])
      assert.deepEqual(await resolved(path), [{ scope: "server", path: "inside.txt" }], path);
    assert.deepEqual(await resolved(join(lab.folder, "sub")), [{ scope: "server", path: "sub" }]);
  });

  test("say nothing of what is not there, hidden, or outside", async () => {
    const places = ["missing.txt", ".hidden", ".git/config", "file-out.txt", "folder-out/secret.txt", "~/x", "", "/"];
    for (const path of [...places, "/etc/passwd", `../${name}/secret.txt`, join(outside, "secret.txt"), "a\0b"])
      assert.deepEqual(await resolved(path), [], path);
  });
});
