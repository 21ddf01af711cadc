import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { builtKernel } from "../../kernelspec/argv.ts";
import { findKernelspec, listKernelspecs } from "../../kernelspec/find.ts";
import { dataPath, userDataDir } from "../../kernelspec/jupyter-paths.ts";
import { KernelClient } from "../../cli/kernel-client.ts";
import { kernelspecLaunch } from "../../kernelspec/kernel-process.ts";
import { fusedKernel, temporaryFolder } from "./command-line.ts";

const skip = existsSync(builtKernel) ? false : "needs a build (npm run build)";
const prefix = temporaryFolder();
const kernels = join(prefix, "share", "jupyter", "kernels");

test("install writes a kernelspec that Jupyter reads, uninstall removes it and nothing else", { skip }, async () => {
  const installed = await fusedKernel(["install", "--prefix", prefix]);
  assert.equal(installed.code, 0, installed.stderr);
  const folder = join(kernels, "fused-ts");
  assert.match(installed.stdout, new RegExp(folder));
  assert.deepEqual(readdirSync(folder).sort(), ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
  const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
  assert.equal(spec.display_name, "TypeScript (Fused)");
  assert.equal(spec.language, "typescript");
  assert.equal(spec.interrupt_mode, "message");
  assert.equal(spec.argv.at(-1), "{connection_file}");
  for (const path of [spec.argv[0], spec.argv.at(-2)]) assert.ok(existsSync(path), path);

  const again = await fusedKernel(["install", "--prefix", prefix, "--display-name", "Tiles"]);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(findKernelspec("fused-ts", [join(prefix, "share", "jupyter")])?.spec.display_name, "Tiles");
  const data = join(prefix, "share", "jupyter");
  assert.deepEqual(readdirSync(data), ["kernels", "labextensions", "nbextensions"], "no temporary folder stays");
  const lab = join(data, "labextensions", "fused-kernel");
  const { jupyterlab } = JSON.parse(readFileSync(join(lab, "package.json"), "utf8"));
  assert.ok(existsSync(join(lab, jupyterlab._build.load)));
  assert.ok(existsSync(join(lab, "static", "widgets", "front.js")));
  assert.ok(existsSync(join(data, "nbextensions", "fused-kernel", "main.js")));
  assert.deepEqual(
    JSON.parse(readFileSync(join(prefix, "etc/jupyter/nbconfig/notebook.d/fused-kernel.json"), "utf8")),
    {
      load_extensions: { "fused-kernel/main": true },
    },
  );
  const second = await fusedKernel(["install", "--prefix", prefix, "--name", "second"]);
  assert.equal(second.code, 0, second.stderr);
  await fusedKernel(["uninstall", "--prefix", prefix, "--name", "second"]);
  assert.ok(existsSync(lab), "the other kernel needs the extensions");

  const removed = await fusedKernel(["uninstall", "--prefix", prefix]);
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(readdirSync(kernels), []);
  assert.deepEqual(readdirSync(data), ["kernels"]);
  assert.ok(!existsSync(join(prefix, "etc", "jupyter", "nbconfig")));
});

test("--sys-prefix means the active Python environment, --user Jupyter's data directory", { skip }, async () => {
  const venv = temporaryFolder();
  const inVenv = await fusedKernel(["install", "--sys-prefix", "--name", "Other"], { env: { VIRTUAL_ENV: venv } });
  assert.equal(inVenv.code, 0, inVenv.stderr);
  assert.ok(existsSync(join(venv, "share/jupyter/kernels/other/kernel.json")), "names are kept in lower case");

  const none = await fusedKernel(["install", "--sys-prefix"], { env: { VIRTUAL_ENV: "", CONDA_PREFIX: "" } });
  assert.equal(none.code, 1);
  assert.match(none.stderr, /no Python environment is active.*\n.*--prefix/);

  const data = temporaryFolder();
  const forUser = await fusedKernel(["install"], { env: { JUPYTER_DATA_DIR: data } });
  assert.equal(forUser.code, 0, forUser.stderr);
  assert.ok(existsSync(join(data, "kernels/fused-ts/kernel.json")));
});

test("install --sandbox writes a second kernelspec, whose cells have nothing of Node", { skip }, async () => {
  const place = ["--prefix", prefix];
  const installed = await fusedKernel(["install", "--sandbox", ...place, "--allow-host", "data.example.com:8080"]);
  assert.equal(installed.code, 0, installed.stderr);
  const found = findKernelspec("fused-ts-sandbox", [join(prefix, "share", "jupyter")])!;
  assert.equal(found.spec.display_name, "TypeScript (Fused, sandbox)");
  assert.deepEqual(found.spec.argv.slice(-4), [
    "--sandbox",
    "--allow-host",
    "data.example.com:8080",
    "{connection_file}",
  ]);

  const kernel = await KernelClient.start(kernelspecLaunch(found, temporaryFolder()));
  const results: unknown[] = [];
  kernel.onOutput = ({ header, content }) => {
    if (header.msg_type === "execute_result") results.push((content.data as Record<string, unknown>)["text/plain"]);
  };
  await kernel.execute("`${typeof process} ${[1, 2].map((n) => n * 21).at(-1)}`");
  await kernel.shutdown();
  assert.deepEqual(results, ["'undefined 42'"]);

  const wrong = await fusedKernel(["install", "--sandbox", ...place, "--allow-host", "http://a.example/"]);
  assert.match(wrong.stderr, /"http:\/\/a\.example\/" is not a host/);
  assert.match((await fusedKernel(["install", ...place, "--allow-host", "a.example"])).stderr, /add --sandbox/);
  const removed = await fusedKernel(["uninstall", "--sandbox", ...place]);
  assert.equal(removed.code, 0, removed.stderr);
});

test("another kernel's folder is neither replaced nor removed", { skip }, async () => {
  const folder = join(kernels, "python9");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), '{"argv": ["python9"], "display_name": "Python 9", "language": "python"}');
  for (const command of ["install", "uninstall"]) {
    const { code, stderr } = await fusedKernel([command, "--prefix", prefix, "--name", "python9"]);
    assert.equal(code, 1);
    assert.match(stderr, /another kernel's \("Python 9"\)/);
  }
  assert.deepEqual(readdirSync(folder), ["kernel.json"]);
});

test("a name that cannot be one, two places at once and a missing kernelspec are refused", async () => {
  const bad = await fusedKernel(["install", "--prefix", prefix, "--name", "my kernel!"]);
  assert.match(bad.stderr, /"my kernel!" is not a kernel name.*"my-kernel-"/);
  const both = await fusedKernel(["install", "--user", "--prefix", prefix]);
  assert.match(both.stderr, /exclude one another/);
  const gone = await fusedKernel(["uninstall", "--prefix", prefix, "--name", "gone"]);
  assert.match(gone.stderr, /no kernelspec at .*gone\n.*--sys-prefix/);
  assert.deepEqual([bad.code, both.code, gone.code], [1, 1, 1]);
});

test("Jupyter's directories are found on every platform", () => {
  const home = join("/", "home", "a");
  const dir = (platform: NodeJS.Platform, env = {}) => userDataDir({ platform, home, env });
  assert.equal(dir("linux"), join(home, ".local/share/jupyter"));
  assert.equal(dir("linux", { XDG_DATA_HOME: "/x" }), join("/x", "jupyter"));
  assert.equal(dir("darwin"), join(home, "Library/Jupyter"));
  assert.equal(dir("win32", { APPDATA: "/roaming" }), join("/roaming", "jupyter"));
  assert.equal(dir("linux", { JUPYTER_DATA_DIR: "/mine" }), "/mine");
  const path = dataPath({ platform: "linux", home, env: { JUPYTER_PATH: "/a:/b", CONDA_PREFIX: "/conda" } });
  assert.deepEqual(path, [
    "/a",
    "/b",
    join(home, ".local/share/jupyter"),
    "/conda/share/jupyter",
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ]);
});

test("a broken kernel.json is named when asked for, and passed over in the list", () => {
  const data = temporaryFolder();
  mkdirSync(join(data, "kernels", "bad"), { recursive: true });
  writeFileSync(join(data, "kernels", "bad", "kernel.json"), "{");
  assert.throws(() => findKernelspec("bad", [data]), /kernel\.json is not JSON/);
  writeFileSync(join(data, "kernels", "bad", "kernel.json"), '{"argv": []}');
  assert.throws(() => findKernelspec("bad", [data]), /no usable "argv"/);
  assert.deepEqual(listKernelspecs([data]), []);
});
