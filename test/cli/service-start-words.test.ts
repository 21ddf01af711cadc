import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { explainDatabase } from "../../cli/explain-start.ts";
import { serviceCommand } from "../../cli/service-command.ts";
import { workerCommand } from "../../cli/worker-command.ts";

const folder = mkdtempSync(join(tmpdir(), "fused-words-"));
after(() => rmSync(folder, { recursive: true }));

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("what keeps a service from starting is told in words", () => {
  test("a database that does not answer, of a service and of a worker; its password is not told", async () => {
    const port = await closedPort();
    const url = `postgres://ada:hush-hush@127.0.0.1:${port}/fused`;
    const words = new RegExp(`^The database at 127.0.0.1:${port} does not answer: is Postgres started`);
    for (const start of [
      () => serviceCommand(["--database-url", url, "--data", join(folder, "a"), "--port", "0"]),
      () => workerCommand(["--database-url", url, "--data", join(folder, "b")]),
    ]) {
      await assert.rejects(start, (error: Error) => {
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /hush/);
        return true;
      });
    }
  });

  test("a user, a database and a machine that are not there", () => {
    const explain = (code: string) =>
      explainDatabase(Object.assign(new Error("said"), { code }), "postgres://ada@db/fused");
    assert.match(explain("28P01").message, /does not let ada in\./);
    assert.match(explain("3D000").message, /has no database fused: make it with createdb/);
    assert.match(explain("ENOTFOUND").message, /at db is not found: no machine has this name/);
    assert.match(explain("XX000").message, /cannot be used\. \(said\)/);
  });

  test("an address that is none, which may hold a password, is not repeated", async () => {
    for (const command of [serviceCommand, workerCommand]) {
      await assert.rejects(() => command(["--database-url", "mysql://ada:hush-hush@db/x"]), {
        name: "UsageError",
        message: "--database-url: an address such as postgres://user:password@host:5432/database",
      });
    }
  });

  test("a folder that cannot be one", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await assert.rejects(() => serviceCommand(["--data", file, "--port", "0"]), {
      message: `${file} cannot keep the service's state: there is a file of this name. Name another with --data`,
    });
  });

  test("settings of a team's provider without a provider", async () => {
    await assert.rejects(() => serviceCommand(["--oidc-audience", "maps"]), /--oidc-audience needs --oidc-issuer URL/);
    await assert.rejects(() => serviceCommand(["--admin", "ada"]), /--admin ada: an e-mail address/);
  });
});
