import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startLabServer } from "../../lab/server/server.ts";
import { openClient, openTestLab, run, startSession, token, until } from "./open-lab.ts";

const lab = await openTestLab();
const client = openClient(lab.url);
const headers = { Authorization: `token ${token}` };
const openPage = async (path: string, url = lab.url) => {
  assert.equal((await fetch(`${url}${path}`, { headers })).status, 200);
};
const notebookOf = (kernel?: string) =>
  JSON.stringify({
    cells: [],
    metadata: kernel ? { kernelspec: { name: kernel } } : {},
    nbformat: 4,
    nbformat_minor: 5,
  });
const { kernels } = lab.server;

describe("a page that opens a notebook", () => {
  test("has the kernel started at once, which nobody sees until the page asks for it", async () => {
    writeFileSync(join(lab.folder, "a.ipynb"), notebookOf("fused-ts"));
    await openPage("/doc/tree/a.ipynb");
    await openPage("/lab/tree/a.ipynb");
    await until(() => kernels.ahead.length > 0);
    assert.deepEqual([kernels.ahead.length, kernels.list()], [1, []]);
    const [kernel] = kernels.ahead;
    const session = await startSession(client, "a.ipynb");
    assert.equal(session.kernel!.id, kernel!.id);
    assert.deepEqual([kernels.ahead.length, kernels.list().length], [0, 1]);
    assert.equal((await run(session.kernel!, "6 * 7")).result, "42");
  });

  test("none is started for a notebook that has one, for files, and for kernels that are not there", async () => {
    writeFileSync(join(lab.folder, "unknown.ipynb"), notebookOf("no-such-kernel"));
    writeFileSync(join(lab.folder, "none.ipynb"), notebookOf());
    writeFileSync(join(lab.folder, "broken.ipynb"), "{");
    writeFileSync(join(lab.folder, "b.txt"), "text");
    for (const name of ["a.ipynb", "unknown.ipynb", "none.ipynb", "broken.ipynb", "b.txt", "missing.ipynb"])
      await openPage(`/lab/tree/${name}`);
    // What comes after them in the same order is there, so that they have been looked at.
    writeFileSync(join(lab.folder, "last.ipynb"), notebookOf("fused-ts"));
    await openPage("/lab/tree/last.ipynb");
    await until(() => kernels.ahead.length > 0);
    assert.deepEqual(
      kernels.ahead.map(({ launch }) => launch.env.JPY_SESSION_NAME),
      [join(lab.folder, "last.ipynb")],
    );
  });

  test("a kernel that no page has asked for ends with the server", async () => {
    const server = await startLabServer({ token, folder: lab.folder, stateFolder: lab.state });
    await openPage("/lab/tree/last.ipynb", server.url);
    await until(() => server.kernels.ahead[0]?.processId !== undefined);
    const pid = server.kernels.ahead[0]!.processId!;
    await server.close();
    assert.throws(() => readFileSync(`/proc/${pid}/status`));
  });
});
