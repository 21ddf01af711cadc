import { watch } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/** `npm run dev`: installs the working copy's kernelspec as `fused-ts-dev`, and builds again at every change. */
ensureReady();
run(pinnedNode(), [
  join(root, "bin", "fused-kernel.js"),
  ...["install", "--user", "--name", "fused-ts-dev", "--display-name", "TypeScript (Fused, working copy)"],
]);
console.log("Watching; restart the kernel in your front end to use what was built. Ctrl-C ends.");
let building = false;
let again = false;
const build = () => {
  if (building) return void (again = true);
  building = true;
  spawn(pinnedNode(), [join(root, "scripts", "bundle.js")], { cwd: root, stdio: "inherit" }).on("exit", () => {
    building = false;
    if (again) {
      again = false;
      build();
    }
  });
};
for (const folder of ["kernel", "magics", "widgets", "fused", "engine", "service", "cli", "kernelspec"]) {
  let timer;
  watch(join(root, folder), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(build, 100);
  });
}
