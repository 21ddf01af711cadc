import { AuthError } from "../errors.ts";

/** @throws AuthError always: what was asked for is the Fused service's */
export function needService(what: string): never {
  throw new AuthError(
    `${what} needs the Fused service, to which this version of fused-kernel has no connection. toDirectory, toFile and ` +
      "toGist save a UDF without it.",
  );
}
