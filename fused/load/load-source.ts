import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { AuthError, UdfLoadError } from "../errors.ts";
import { options } from "../options.ts";
import { serviceIsConfigured } from "../run-engine.ts";
import { catalogue } from "./catalogue.ts";
import { languageOfText } from "./code-language.ts";
import type { GithubAddress } from "./github-address.ts";
import { readGithubAddress } from "./github-address.ts";
import type { UdfState } from "../udf-state.ts";
import type { UdfParts } from "./udf-parts.ts";

/** What was read of a source. */
export type ReadParts = UdfParts & {
  isPinned?: boolean;
  /** The function to take, where the source says. */
  entrypoint?: string;
  /** Puts what the source tells beside the code. */
  finish?(state: UdfState): UdfState;
};

/** A source that can be read: its identity, and how. */
export interface LoadSource {
  /** Read each time: no copy of an earlier load is given. */
  isFresh?: boolean;
  /** Names it among all sources: the same text may be another file after a change of folder. */
  identity: string;
  read(isForced: boolean): Promise<ReadParts>;
}

/**
 * Tells what a source is, in the order of fused-spec.md 6.1.
 * @throws AuthError for what only the service has
 * @throws UdfLoadError for everything else, naming the forms and why it is none of them
 */
export function findSource(source: string): LoadSource {
  if (source.includes("\n")) return codeString(source);
  const text = source.trim();
  if (isPath(text)) {
    const path = resolve(text.replace(/^~(?=[\\/]|$)/, homedir()));
    return { identity: path, read: async () => (await import("./local-files.ts")).readLocal(path) };
  }
  const github = readGithubAddress(text);
  if (github) return githubSource(github);
  const named = /^UDF_([\w.-]+)$/.exec(text);
  if (named) {
    const { owner, repo, ref, folder } = catalogue;
    return githubSource({ kind: "files", owner, repo, rest: [ref, folder, named[1]!] });
  }
  if (serviceIsConfigured() && isOfService(text)) return serviceSource(text);
  throw refusal(text);
}

const tokenForm = /^fsh_[\w-]+$/;
const emailForm = /^[\w.+-]+@[\w.-]+\/[^/\s]+$/;
const nameForm = /^[\p{L}_][\p{L}\p{N}_ .-]*$/u;

function isOfService(text: string): boolean {
  return [tokenForm, uuid, emailForm, nameForm, /^fd:\/\//i].some((form) => form.test(text));
}

function serviceSource(text: string): LoadSource {
  return {
    identity: `${options.baseUrl} ${text}`,
    read: async () => (await import("./saved-udf.ts")).readSaved(text),
    // Somebody may save it anew at any time.
    isFresh: true,
  };
}

function isPath(text: string): boolean {
  return text !== "" && (/^(\.{0,2}[\\/]|\.{1,2}$|~[\\/]|[a-z]:[\\/])/i.test(text) || existsSync(text));
}

function codeString(code: string): LoadSource {
  return {
    identity: code,
    read: async () => {
      const language = languageOfText(code);
      const none = { codeFile: undefined, fallbackName: undefined, meta: undefined, headers: [], readme: undefined };
      return { place: "The code", language, code, ...none };
    },
  };
}

function githubSource(address: GithubAddress): LoadSource {
  return {
    identity: JSON.stringify(address),
    async read(isForced) {
      if (address.kind === "files") return (await import("./github-files.ts")).readGithub(address, isForced);
      if (address.kind === "pull") {
        const { readPullRequest } = await import("./pull-request.ts");
        return { ...(await readPullRequest(address, isForced)), isPinned: false };
      }
      const { readGist } = await import("./gist.ts");
      return { ...(await readGist(address, isForced)), isPinned: address.revision !== undefined };
    },
  };
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function refusal(text: string): Error {
  const needsService = (what: string) =>
    new AuthError(
      `${JSON.stringify(text)} is ${what}, which only the Fused service has, and this notebook is not connected to one: log in ` +
        "with %login, or set fused.options.baseUrl to your service. Or load the UDF from its files or from GitHub.",
    );
  if (tokenForm.test(text)) return needsService("a shared token");
  if (/^fc_\w+/.test(text)) return needsService("a canvas token");
  if (uuid.test(text)) return needsService("the id of a saved UDF");
  if (emailForm.test(text)) return needsService("a UDF of an account");
  const isUrl = /^https?:\/\//i.test(text);
  const isName = /^[\p{L}_][\p{L}\p{N}_-]*(\/[\p{L}_][\p{L}\p{N}_-]*)?$/u.test(text);
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  const lines = [
    text === ""
      ? "The source is empty. A UDF is loaded from one of these:"
      : `${JSON.stringify(shown)} is nothing that a UDF can be loaded from:`,
    text === "" ? "" : `- no file or folder: ${resolve(shown)} does not exist`,
    isUrl
      ? "- no address of GitHub: https://github.com/OWNER/REPO/tree/REF/PATH, …/blob/…, …/pull/NUMBER, raw.githubusercontent.com, gist.github.com"
      : "- no address: https://github.com/OWNER/REPO/tree/REF/PATH, or that of a gist",
    isName
      ? "- a name would be that of your own UDF in the Fused service, to which this notebook is not connected (%login)"
      : "- no token (fsh_…), no UUID and no email/name of the Fused service",
    "- no code: the text of a UDF has more than one line",
  ];
  return new UdfLoadError(lines.filter(Boolean).join("\n"));
}
