import { AuthError } from "../errors.ts";

/**
 * @param instead what can be done without it
 * @throws AuthError always: what was asked for is the Fused service's
 */
export function needService(what: string, instead = "toDirectory, toFile and toGist save a UDF without it."): never {
  throw new AuthError(
    `${what} needs the Fused service, to which this version of fused-kernel has no connection. ${instead}`,
  );
}
