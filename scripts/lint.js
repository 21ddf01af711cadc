import { join } from "node:path";
import { ensureLabInstalled } from "./ensure-lab.js";
import { ensureReady, root, run, sourceFolders } from "./ensure-ready.js";

/** `npm run lint`: types, then lint rules, then layout. `npm run lint -- --fix` lays the files out. */
ensureReady();
ensureLabInstalled();
const bin = (name) => join(root, "node_modules", ".bin", name);
const fix = process.argv.includes("--fix");
const folders = [...sourceFolders, "bench", "test", "bin"];
if (fix) run(bin("prettier"), ["--write", "--log-level=warn", ...folders]);
run(bin("tsc"), ["--noEmit"]);
run(bin("tsc"), ["--noEmit", "-p", "tsconfig.front.json"]);
run(bin("tsc"), ["--noEmit", "-p", join("lab", "app")]);
run(bin("oxlint"), ["--deny-warnings", ...(fix ? ["--fix"] : []), ...folders]);
if (!fix) run(bin("prettier"), ["--check", "--log-level=warn", ...folders]);
