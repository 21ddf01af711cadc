import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";

/** `%whoami`: who is logged in. */
export const whoami: Magic = {
  name: "whoami",
  kinds: ["line"],
  summary: "Says who is logged in to the Fused service.",
  usage: "%whoami\n\nconst me = %whoami gives { id, email, handle, team }.",
  run({ line, assigned }, session) {
    if (line !== "") throw new MagicError(`%whoami takes nothing, not ${line}.`);
    return whoAmI(session, assigned);
  },
};

export async function whoAmI(session: MagicSession, assigned: boolean): Promise<unknown> {
  await openSdk();
  const { whoami: ask } = await import("../fused/api/account.ts");
  const { options } = await import("../fused/options.ts");
  const user = await ask();
  if (assigned) return user;
  session.print(`${user.email} (${user.handle}), team ${user.team.name}, at ${options.baseUrl}\n`);
  return undefined;
}
