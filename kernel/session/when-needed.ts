import { createRequire } from "node:module";
import { loadUndisturbed } from "./loading-gate.ts";

/**
 * Parts of the session that are read when a cell first needs them: a session that only computes starts without them.
 * Synchronous, since a global like `fused` cannot be waited for.
 */
const require = createRequire(import.meta.url);
const fromSource = import.meta.url.endsWith(".ts");
let gate: SharedArrayBuffer | undefined;

/** From here on no interrupt comes while something is loaded. */
export function loadBehind(sessionsGate: SharedArrayBuffer): void {
  gate = sessionsGate;
}

/** @param source the module as the sources lie; @param built the entry that the build makes of it (scripts/bundle.js) */
function whenNeeded<T>(source: string, built: string): () => T {
  let loaded: T | undefined;
  const load = () => require(fromSource ? source : built) as T;
  return () => (loaded ??= gate ? loadUndisturbed(gate, load) : load());
}

export const loadSdk = whenNeeded<typeof import("../../fused/session.ts")>(
  "../../fused/session.ts",
  "./fused-session.js",
);
export const loadMagics = whenNeeded<typeof import("../../magics/builtin.ts")>(
  "../../magics/builtin.ts",
  "./magics.js",
);
export const loadWidgets = whenNeeded<typeof import("../../widgets/show.ts")>("../../widgets/show.ts", "./widgets.js");
export const loadDisplays = whenNeeded<typeof import("../../widgets/displays.ts")>(
  "../../widgets/displays.ts",
  "./displays.js",
);
export const loadRewriting = whenNeeded<typeof import("./repl-script.ts")>("./repl-script.ts", "./repl-script.js");
