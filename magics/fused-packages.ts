import { predefinedPackages } from "../fused/packages.ts";
import type { MagicSession } from "./magic.ts";

/** `%fused packages`: what a UDF may import by name. */
export function fusedPackages(session: MagicSession): readonly string[] {
  session.print(
    `A UDF imports these with await import("…"):\n${predefinedPackages.map((name) => `  ${name}\n`).join("")}` +
      "and data files of vega-datasets and world-atlas. Another pure JavaScript package: ask for it in an issue of fused-kernel, or\n" +
      "hand its source to the UDF as a header module.\n",
  );
  return predefinedPackages;
}
