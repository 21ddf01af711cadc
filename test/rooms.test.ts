import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../kernelspec/package-root.ts";

/** Those that the README names below its table: the importing file and the imported one. */
const knowingly = [/^engine\/(isolate|nested)\/\S+ fused\//, /^fused\/session\.ts widgets\/mime-bundle\.ts$/];

/** What each room may import, as the README's table has it. */
const rooms = new Map(
  [...readFileSync(join(packageRoot, "README.md"), "utf8").matchAll(/^\| `(\w+)\/` \|.*\| ([^|]*) \|$/gm)].map(
    ([, room, imports]) => [room!, new Set(imports!.match(/\w+/g))],
  ),
);

test("each room imports what the README's table lets it", () => {
  assert.ok(
    ["kernelspec", "kernel", "magics", "widgets", "fused", "engine", "service", "lab", "cli"].every((room) =>
      rooms.has(room),
    ),
  );
  const wrong: string[] = [];
  for (const room of rooms.keys()) {
    const sources = globSync(`${room}/**/*.{ts,tsx}`, {
      cwd: packageRoot,
      exclude: (path) => /(^|[\\/])(node_modules|dist)$/.test(path),
    });
    for (const source of sources.map((path) => path.split(sep).join("/"))) {
      const text = readFileSync(join(packageRoot, source), "utf8");
      for (const [, path] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
        const imported = posix.normalize(posix.join(posix.dirname(source), path!));
        const [other] = imported.split("/");
        if (other === room || !rooms.has(other!) || rooms.get(room)!.has(other!)) continue;
        const found = `${source} ${imported}`;
        if (!knowingly.some((each) => each.test(found))) wrong.push(found);
      }
    }
  }
  assert.deepEqual(wrong, []);
});
