import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const scratch = mkdtempSync(join(tmpdir(), "fused-test-own-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** What a process with this folder for temporary files takes for its own. */
function ownFolderIn(temporary: string): string {
  mkdirSync(temporary, { recursive: true });
  const file = new URL("../../fused/own-folder.ts", import.meta.url).href;
  const code = `console.log((await import(${JSON.stringify(file)})).ownTemporaryFolder())`;
  const env = { ...process.env, TMPDIR: temporary };
  return execFileSync(process.execPath, ["--input-type=module", "-e", code], { env, encoding: "utf8" }).trim();
}

test("kept results go to a folder for this user alone, also where it was open to others", () => {
  const temporary = join(scratch, "open");
  mkdirSync(join(temporary, "fused"), { recursive: true });
  chmodSync(join(temporary, "fused"), 0o777);
  assert.equal(ownFolderIn(temporary), join(temporary, "fused"));
  assert.equal(statSync(join(temporary, "fused")).mode & 0o777, 0o700);
});

test("a folder that somebody else may have planted is left alone", () => {
  const temporary = join(scratch, "planted");
  mkdirSync(join(temporary, "elsewhere"), { recursive: true });
  symlinkSync(join(temporary, "elsewhere"), join(temporary, "fused"));
  assert.equal(ownFolderIn(temporary), join(temporary, `fused-${process.getuid!()}`));
});
