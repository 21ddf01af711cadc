import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { strToU8, zipSync } from "fflate";
import type { UdfRecord } from "../../service/udfs/udf-record.ts";
import { closeShared, databases, openTestService, type Person, type TestService } from "./open-service.ts";

after(closeShared);

const add = "export default function udf(a: int, b: int = 2): int {\n  return a + b;\n}\n";

for (const { database, skip } of databases) {
  describe(`saved UDFs over ${database}`, { skip }, () => {
    let service: TestService;
    before(async () => {
      service = await openTestService({ database, team: true });
    });
    after(() => service.close());

    const save = (name: string, as: Person = "ada", more: object = {}) =>
      service.ask<UdfRecord>("POST", "/udf/new", { as, body: { name, code: add, ...more } });

    test("F059 a UDF that is saved is read back by id and by name, with its parameters", async () => {
      const saved = await save("adder", "ada", { metadata: { "fused:udfType": "auto" } });
      assert.equal(saved.version, 1);
      assert.equal(saved.owner_email, "ada@example.com");
      assert.deepEqual(
        saved.parameters.map(({ name, type }) => [name, type.kind]),
        [
          ["a", "int"],
          ["b", "int"],
        ],
      );
      const byId = await service.ask<UdfRecord>("GET", `/udf/by-id/${saved.id}`, { as: "ada" });
      assert.equal(byId.code, add);
      assert.deepEqual(byId, await service.ask("GET", "/udf/by-name/ada@example.com/adder", { as: "ada" }));
      assert.deepEqual(byId, await service.ask("GET", "/udf/by-name/self/adder", { as: "ada" }));
    });

    test("F045 by e-mail and name: own, another member's, unknown (404), an outsider (403)", async () => {
      await save("near");
      const ask = async (as: Person, name: string, email = "ada@example.com") =>
        (await service.send("GET", `/udf/by-name/${email}/${name}`, { as })).status;
      assert.equal(await ask("ada", "near"), 200);
      assert.equal(await ask("tim", "near"), 200);
      assert.equal(await ask("tim", "nowhere"), 404);
      assert.equal(await ask("olga", "near"), 403);
      // What is there and what is not look the same from outside.
      assert.equal(await ask("olga", "nowhere"), 403);
      assert.equal(await ask("olga", "near", "nobody@example.com"), 404);
    });

    test("versions: each save is one, old ones are kept, and a save upon another's is refused", async () => {
      const first = await save("versioned");
      const put = (code: string, version?: number) =>
        service.send("PUT", `/udf/by-id/${first.id}`, {
          as: "ada",
          body: { code },
          headers: version ? { "If-Match": `"${version}"` } : {},
        });
      const second = await put(add.replace("+", "-"), 1);
      assert.equal(second.status, 200);
      assert.equal(second.headers.get("ETag"), '"2"');
      const conflict = await put(add, 1);
      assert.equal(conflict.status, 409);
      assert.match(await conflict.text(), /Version 2 was saved since you read version 1/);
      assert.equal((await put(add)).status, 200);
      const old = await service.ask<UdfRecord>("GET", `/udf/by-id/${first.id}?version=2`, { as: "ada" });
      assert.match(old.code!, /a - b/);
      const { versions } = await service.ask<{ versions: { version: number }[] }>("GET", `/udf/${first.id}/versions`, {
        as: "tim",
      });
      assert.deepEqual(
        versions.map(({ version }) => version),
        [3, 2, 1],
      );
      assert.equal((await service.send("GET", `/udf/by-id/${first.id}?version=9`, { as: "ada" })).status, 404);
    });

    test("two saves at once upon the same version: one wins, the other is told", async () => {
      const { id } = await save("raced");
      const statuses = await Promise.all(
        [1, 2, 3, 4].map(
          async (n) =>
            (
              await service.send("PUT", `/udf/by-id/${id}`, {
                as: "ada",
                body: { code: add.replace("2", String(n)) },
                headers: { "If-Match": "1" },
              })
            ).status,
        ),
      );
      assert.deepEqual(statuses.sort(), [200, 409, 409, 409]);
    });

    test("a name that one has is a conflict that names the UDF; somebody else may have it too", async () => {
      const mine = await save("taken");
      const again = await service.send("POST", "/udf/new", { as: "ada", body: { name: "taken", code: add } });
      assert.equal(again.status, 409);
      const { error } = (await again.json()) as { error: { id: string; version: number } };
      assert.deepEqual([error.id, error.version], [mine.id, 1]);
      await save("taken", "tim");
    });

    test("F150 lists: one's own, the team's, public ones; n and skip", async () => {
      await save("private one", "ada", { visibility: "private" });
      await save("open one", "ada", { public: true });
      const names = async (as: Person, whose: string, query = "?n=all") => {
        const { udfs } = await service.ask<{ udfs: UdfRecord[] }>("GET", `/udf/${whose}${query}`, { as });
        assert.ok(udfs.every(({ code }) => code === undefined));
        return udfs.map(({ name }) => name);
      };
      assert.ok((await names("ada", "self")).includes("private one"));
      assert.ok(!(await names("tim", "team")).includes("private one"));
      assert.ok((await names("tim", "team")).includes("open one"));
      assert.deepEqual(await names("olga", "public"), ["open one"]);
      assert.deepEqual(await names("olga", "community"), ["open one"]);
      assert.deepEqual(await names("ada", "community"), []);
      assert.deepEqual(await names("olga", "team"), []);
      const all = await names("ada", "self");
      assert.deepEqual(await names("ada", "self", "?n=2&skip=1"), all.slice(1, 3));
      assert.equal((await service.send("GET", "/udf/self?n=-1", { as: "ada" })).status, 400);
    });

    test("deleted: gone, with its tokens; only the owner can", async () => {
      const { id } = await save("doomed");
      const { token } = await service.ask<{ token: string }>("POST", `/udf/${id}/tokens`, { as: "ada", body: {} });
      assert.equal((await service.send("DELETE", `/udf/by-id/${id}`, { as: "tim" })).status, 403);
      assert.equal((await service.send("DELETE", `/udf/by-id/${id}`, { as: "ada" })).status, 200);
      assert.equal((await service.send("GET", `/udf/by-id/${id}`, { as: "ada" })).status, 404);
      assert.equal((await service.send("GET", `/realtime-shared/${token}/run/file?a=1`, { as: null })).status, 404);
    });

    test("F154 tokens: made, listed, changed, deleted; kept encrypted; a UDF's owner alone has them", async () => {
      const { id } = await save("shared one");
      const made = await service.ask("POST", `/udf/${id}/tokens`, {
        as: "ada",
        body: { cache: false, metadata_json: { note: "for the map" }, public_read: true, access_scope: "team" },
      });
      const token = made["token"] as string;
      assert.match(token, /^fsh_[\w-]{32}$/);
      assert.deepEqual(
        [made["udf_id"], made["owner_email"], made["enabled"], made["cache"], made["access_scope"]],
        [id, "ada@example.com", true, false, "team"],
      );
      assert.deepEqual(await service.ask("GET", `/token/${token}`, { as: "ada" }), made);
      const { tokens } = await service.ask<{ tokens: unknown[] }>("GET", "/token/self", { as: "ada" });
      assert.deepEqual(tokens[0], made);
      const changed = await service.ask("PATCH", `/token/${token}`, { as: "ada", body: { enabled: false } });
      assert.deepEqual(changed, { ...made, enabled: false });
      const rows = await service.context.database.query("select * from fused.udf_tokens");
      assert.ok(!JSON.stringify(rows).includes(Buffer.from(token).toString("hex")));
      assert.ok(!rows.some((row) => Buffer.from(row["sealed"] as Uint8Array).includes(token)));
      assert.equal((await service.send("DELETE", `/token/${token}`, { as: "ada" })).status, 200);
      assert.equal((await service.send("GET", `/token/${token}`, { as: "ada" })).status, 404);
    });

    test("what is no UDF is refused with a reason; code with a mistake is saved, and the run tells it", async () => {
      const refused: [object, number][] = [
        [{ code: add }, 400],
        [{ name: "x/../../y", code: add }, 400],
        [{ name: "a\r\nSet-Cookie: x=1", code: add }, 400],
        [{ name: "empty", code: " " }, 400],
        [{ name: "list", code: add, metadata: [] }, 400],
        [{ name: "header", code: add, headers: [{ moduleName: 1 }] }, 400],
      ];
      for (const [body, status] of refused) {
        const answer = await service.send("POST", "/udf/new", { as: "ada", body });
        assert.equal(answer.status, status, JSON.stringify(body));
      }
      assert.equal((await service.send("POST", "/udf/new", { as: "ada", body: "{" })).status, 400);
      await save("mistaken", "ada", { code: "export default function udf( {" });
    });

    test("a UDF comes as a zip, too; one that unpacks to too much, leads outside or is none is refused", async () => {
      const zip = (files: Record<string, Uint8Array>) =>
        service.send("POST", "/udf/new", {
          as: "ada",
          body: zipSync(files, { level: 9 }),
          headers: { "Content-Type": "application/zip" },
        });
      const good = await zip({ "zipped.ts": strToU8(add) });
      assert.equal(good.status, 201);
      assert.equal(((await good.json()) as UdfRecord).name, "zipped");
      const bomb = await zip({ "a.ts": strToU8(add), "b.bin": new Uint8Array(80 * 2 ** 20) });
      assert.equal(bomb.status, 422);
      assert.match(await bomb.text(), /more than the \d+ that are allowed/);
      assert.equal((await zip({ "../../evil.ts": strToU8(add) })).status, 422);
      const notZip = await service.send("POST", "/udf/new", {
        as: "ada",
        body: strToU8("no zip"),
        headers: { "Content-Type": "application/zip" },
      });
      assert.equal(notZip.status, 422);
    });

    test("text that would be SQL stays text", async () => {
      const evil = "'; drop table fused.udfs; --";
      for (const path of [
        `/udf/by-name/${encodeURIComponent(evil)}/x`,
        `/udf/by-name/self/${encodeURIComponent(evil)}`,
        `/udf/by-id/${encodeURIComponent(evil)}`,
        `/udf/${encodeURIComponent(evil)}/versions`,
        `/token/${encodeURIComponent(evil)}`,
        "/udf/by-name/self/%00",
        `/udf/by-id/1%20or%201=1`,
      ]) {
        assert.equal((await service.send("GET", path, { as: "ada" })).status, 404, path);
      }
      const slug = await service.send("POST", "/udf/new", { as: "ada", body: { name: "sql", slug: evil, code: add } });
      assert.equal(slug.status, 400);
      const { metadata } = await save("sql text", "ada", { metadata: { note: evil } });
      assert.equal(metadata["note"], evil);
      assert.ok((await service.ask<{ udfs: unknown[] }>("GET", "/udf/self", { as: "ada" })).udfs.length > 0);
    });
  });
}
