import { readFlags, splitWords, unquote } from "./arguments.ts";
import type { MagicCall, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { findUdf } from "./find-udf.ts";
import { openSdk } from "./sdk.ts";
import { showAny } from "./show-any.ts";

async function openApi() {
  await openSdk();
  return (await import("../fused/api/index.ts")).api;
}

/** `%fused files`: looks at and moves files of the service (`fd://`). */
export async function fusedFiles(line: string, { assigned }: MagicCall, session: MagicSession): Promise<unknown> {
  const [action = "ls", first = "fd://", second, ...more] = splitWords(line).map(unquote);
  if (more.length > 0) throw new MagicError(`%fused files ${action}: ${more.join(" ")} is not understood.`);
  const api = await openApi();
  if (action === "ls") {
    const found = await api.list(first, { details: true });
    if (assigned) return found;
    if (found.length === 0) session.print(`${first} is empty.\n`);
    else session.display(await showAny(found));
    return undefined;
  }
  const needs = (what: string): never => {
    throw new MagicError(`%fused files ${action} needs ${what}.`);
  };
  if (action === "put") {
    const url = await api.upload(
      first,
      second ?? needs("a local file and a path: %fused files put a.csv fd://data/a.csv"),
    );
    session.print(`${url}\n`);
    return assigned ? url : undefined;
  }
  if (action === "get") {
    session.print(`${await api.download(first, second ?? ".")}\n`);
    return undefined;
  }
  if (action === "rm") {
    session.print((await api.delete(first)) ? `${first} is deleted.\n` : `There was no ${first}.\n`);
    return undefined;
  }
  if (action === "sign") return api.signUrl(first);
  throw new MagicError(`%fused files has ls, put, get, rm and sign, not ${action}.`);
}

/** `%fused token create|list|revoke` and `%fused url`: what lets others run a UDF. */
export async function fusedToken(line: string, { assigned }: MagicCall, session: MagicSession): Promise<unknown> {
  const [action = "list", name] = splitWords(line).map(unquote);
  const api = await openApi();
  if (action === "list") {
    const tokens = await api.getUdfAccessTokens();
    if (assigned) return tokens;
    session.print(tokens.length === 0 ? "You have no tokens.\n" : tokens.map((each) => `${String(each)}\n`).join(""));
    return undefined;
  }
  if (name === undefined)
    throw new MagicError(`%fused token ${action} needs ${action === "create" ? "a saved UDF's name" : "the token"}.`);
  if (action === "create") {
    const token = await api.createUdfAccessToken(name);
    if (assigned) return token;
    session.print(`${token.fileUrl()}\n${token.tileUrl()}\nWhoever has these addresses can run ${token.udfSlug}.\n`);
    return undefined;
  }
  if (action === "revoke") {
    await api.deleteUdfAccessToken(name);
    session.print("The token no longer runs anything.\n");
    return undefined;
  }
  throw new MagicError(`%fused token has create, list and revoke, not ${action}.`);
}

/** `%fused url VAR [--tile] [--format F]`: the address at which a UDF answers, which is saved and shared for it if it was not. */
export async function fusedUrl(line: string, { assigned, values }: MagicCall, session: MagicSession): Promise<unknown> {
  const { flags: given, rest } = readFlags("%fused url", line, { tile: true, format: "FORMAT" });
  const [name] = splitWords(rest);
  const udf = await findUdf("%fused url", name, values["udf"], session);
  if (typeof udf.metadata["id"] !== "string") await udf.toFused();
  const [token = await udf.createAccessToken()] = (await udf.getAccessTokens()).filter(({ enabled }) => enabled);
  const format = given["format"] === undefined ? undefined : String(given["format"]);
  const url = given["tile"] === true ? token.tileUrl(undefined, { format }) : token.fileUrl({ format });
  if (assigned) return url;
  session.print(`${url}\n`);
  return undefined;
}
