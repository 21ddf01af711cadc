import { readCredentials } from "../../fused/credentials/credentials-file.ts";
import type { Scrubber } from "./scrubber.ts";

/** Variables of the environment that are secrets. */
const secretVariable = /^(FUSED_AUTH_TOKEN|FUSED_SECRET_.+|GITHUB_TOKEN|GH_TOKEN)$/;

/** Tells a scrubber the secrets that cells can get at without the SDK: those of the environment. */
export function knowEnvironment(scrubber: Scrubber): void {
  const values = Object.entries(process.env).flatMap(([name, value]) =>
    value && secretVariable.test(name) ? [value] : [],
  );
  if (values.length > 0) scrubber.know(values);
}

/** The same of the saved log-in, which another kernel may have renewed since; to be asked before each cell. */
export function knowSavedLogin(scrubber: Scrubber): void {
  try {
    const saved = readCredentials();
    if (saved) scrubber.know([saved.access_token, saved.refresh_token ?? ""].filter((token) => token !== ""));
  } catch {
    // Not a log-in: no token stands in it.
  }
}
