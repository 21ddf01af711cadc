import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Installs the kernels that bench/kernels.bench.ts measures beside ours into bench/.peers: deno, ijavascript and tslab from
 * npm. ipykernel is Debian's (`python3-ipykernel`) and is measured where /usr/bin/python3 has it.
 *
 * ijavascript's zeromq 5 has no binary for Node 20 and later; its own build downloads libzmq. With Debian's libzmq3-dev it
 * compiles against that instead.
 */
const folder = fileURLToPath(new URL(".peers", import.meta.url));
const peers = { deno: "2.9.6", ijavascript: "5.2.1", tslab: "1.0.22" };

mkdirSync(folder, { recursive: true });
const external = existsSync("/usr/include/zmq.h");
if (!external) console.log("There is no /usr/include/zmq.h (Debian: libzmq3-dev): ijavascript may not compile.");
for (const [name, version] of Object.entries(peers)) {
  // A folder each: they bring different versions of the same packages, and one that fails leaves the others.
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  if (!existsSync(join(own, "package.json"))) writeFileSync(join(own, "package.json"), '{ "private": true }\n');
  console.log(`Installing ${name} ${version} …`);
  // Native code is compiled for the Node that npm runs in, which is to be the one that is written down below.
  const path = dirname(process.execPath) + delimiter + process.env.PATH;
  const env = { ...process.env, PATH: path, ...(external && { npm_config_zmq_external: "true" }) };
  const { status } = spawnSync(
    "npm",
    ["install", `${name}@${version}`, "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: own,
      stdio: "inherit",
      env,
    },
  );
  if (status !== 0) console.log(`${name} could not be installed; the benchmark goes on without it.`);
}
// The table's peer is a package for pages: nothing of it is compiled.
const hightable = join(folder, "hightable");
mkdirSync(hightable, { recursive: true });
if (!existsSync(join(hightable, "package.json")))
  writeFileSync(join(hightable, "package.json"), '{ "private": true }\n');
const pagePackages = ["hightable@0.26.4", "react@19", "react-dom@19"];
spawnSync("npm", ["install", ...pagePackages, "--no-audit", "--no-fund", "--loglevel=error"], {
  cwd: hightable,
  stdio: "inherit",
});
writeFileSync(join(folder, "installed.json"), JSON.stringify({ node: process.execPath, peers }));
