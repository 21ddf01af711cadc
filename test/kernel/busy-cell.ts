import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A cell that computes without a pause until it is told to go on, for two minutes at most. */
export function busyCell(): { code: string; goOn: () => void } {
  const sign = join(mkdtempSync(join(tmpdir(), "fused-busy-")), "go-on");
  const isTold = `require("node:fs").existsSync(${JSON.stringify(sign)})`;
  const code = `for (const end = Date.now() + 120_000; Date.now() < end && !${isTold}; );`;
  return { code, goOn: () => writeFileSync(sign, "") };
}
