import { readFlags } from "./arguments.ts";
import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";

const flags = { paste: true, device: true, browser: true, force: true, timeout: "SECONDS" } as const;

/** `%login`: shows the card and waits until somebody is logged in. */
export const login: Magic = {
  name: "login",
  kinds: ["line"],
  summary: "Logs in to the Fused service of the option baseUrl.",
  usage: `%login [--device | --paste | --browser] [--force] [--timeout SECONDS]

Shows a card with a link, and a code where the service has that; waits five minutes. The log-in is kept in ~/.fused/credentials
for all notebooks of this user. Interrupting the cell cancels it.
  --device   enter a code on any machine: for a kernel that runs elsewhere
  --paste    paste what the browser ends up with: for such a kernel, where the service has no codes
  --force    log in although somebody is`,
  completions: () => Object.keys(flags).map((name) => `--${name}`),
  async run({ line }, session) {
    await logIn("%login", line, session);
  },
};

/** Does what `%login` and `%fused login` say. @throws AuthError, MagicError */
export async function logIn(magic: string, line: string, session: MagicSession): Promise<void> {
  const { flags: given, rest } = readFlags(magic, line, flags);
  if (rest.trim() !== "") throw new MagicError(`${magic} takes flags only, not ${rest}.`);
  const named = (["device", "paste", "browser"] as const).filter((flow) => given[flow] === true);
  if (named.length > 1) throw new MagicError(`${magic}: --${named[0]} and --${named[1]} are two ways, give one.`);
  const timeout = given["timeout"] === undefined ? undefined : Number(given["timeout"]);
  if (timeout !== undefined && !(timeout > 0)) throw new MagicError(`${magic}: --timeout is seconds above 0.`);
  await openSdk();
  const { NotebookCredentials } = await import("../fused/credentials/notebook-credentials.ts");
  const credentials = new NotebookCredentials({ flow: named[0], timeout, force: given["force"] === true });
  session.signal.addEventListener("abort", () => credentials.cancel(), { once: true });
  if (named[0] === "paste") await askForCode(credentials, session);
  await credentials.ready;
}

/** Asks for what the browser ended up with until the provider takes it. */
async function askForCode(
  credentials: { opened: Promise<void>; url: string | undefined; finalize(code: string): Promise<void> },
  session: MagicSession,
): Promise<void> {
  await credentials.opened;
  if (credentials.url === undefined) return;
  for (let tries = 3; ; tries--) {
    const text = await session.ask("Address that the browser ended up with, or the code in it: ");
    try {
      return await credentials.finalize(text);
    } catch (error) {
      if (tries <= 1) throw error;
      session.warn(`${(error as Error).message}\n`);
    }
  }
}
