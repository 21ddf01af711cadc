import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
const [, running = "", building = ""] = /^## Dependencies\n([^]*?)^For building and testing:\n([^]*?)^## /m.exec(
  read("README.md"),
)!;

/** Installed, but in nobody's use: the tables give reasons, and there is none. */
const unused = ["uuid"];

const lists: [name: string, section: string, packages: Record<string, string>][] = [
  ["dependencies", running, dependencies!],
  ["devDependencies", building, devDependencies!],
];

for (const [name, section, packages] of lists) {
  const rows = [...section.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
    ([, row, licence, size, reason]) => ({ row: row!, licence, size: size!, reason: reason! }),
  );

  test(`the README's table has a row for each of package.json's ${name}, in order, and no other`, () => {
    const expected = Object.keys(packages).filter((each) => !unused.includes(each));
    assert.deepEqual(
      rows.map(({ row }) => row),
      expected,
    );
  });

  test(`each row of ${name} has the licence of what is installed, a size and a reason`, () => {
    for (const { row, licence, size, reason } of rows) {
      const installed = JSON.parse(read(`node_modules/${row}/package.json`)) as { license: string };
      assert.equal(licence, installed.license, row);
      assert.match(size, /^[\d.]+ [kM]B$/, row);
      assert.notEqual(reason.trim(), "", row);
    }
  });
}
