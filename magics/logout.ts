import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";

/** `%logout`: ends the log-in. */
export const logout: Magic = {
  name: "logout",
  kinds: ["line"],
  summary: "Ends the log-in to the Fused service.",
  usage:
    "%logout\n\nRemoves ~/.fused/credentials, which all notebooks of this user share, and tells the provider that its tokens are " +
    "no longer good. Harmless where nobody is logged in.",
  async run({ line }, session) {
    if (line !== "") throw new MagicError(`%logout takes nothing, not ${line}.`);
    await logOut(session);
  },
};

export async function logOut(session: MagicSession): Promise<void> {
  await openSdk();
  const { logout: end } = await import("../fused/api/account.ts");
  session.print((await end()) ? "Logged out.\n" : "Nobody was logged in.\n");
}
