import { UdfLoadError } from "../errors.ts";
import { options } from "../options.ts";
import { languageOfFile } from "./code-language.ts";
import type { GithubAddress } from "./github-address.ts";
import type { GithubRequest } from "./github-request.ts";
import { githubBytes, githubJson, apiUrl } from "./github-request.ts";
import type { UdfFolder } from "./udf-folder.ts";
import { textOf } from "./udf-folder.ts";
import type { UdfParts } from "./udf-parts.ts";
import { readCodeFile, readFolder } from "./udf-parts.ts";
import { zipFolder } from "./zip-folder.ts";

/** A place in a repository at one state of it. */
export interface GithubPlace {
  owner: string;
  repo: string;
  /** Branch, tag or full commit. */
  ref: string;
  path: string;
  /** True where `ref` is a commit. */
  isPinned: boolean;
  /** Ask GitHub even where answers of the last minute are kept. */
  isForced: boolean;
}

type FilesAddress = Extract<GithubAddress, { kind: "files" }>;

/**
 * Reads a UDF from `tree`, `blob` and raw addresses: a folder, its `meta.json`, a code file or a zip. Where a reference
 * ends and the path begins cannot be seen: a branch may have slashes in its name, and GitHub is asked which it is.
 * @throws UdfLoadError where nothing is there, saying where it is now if the repository has it elsewhere
 */
export async function readGithub(address: FilesAddress, isForced: boolean): Promise<UdfParts & { isPinned: boolean }> {
  let first: GithubPlace | undefined;
  for await (const place of placesOf(address, isForced)) {
    first ??= place;
    const parts = await readPlace(place);
    if (parts) return { ...parts, isPinned: place.isPinned };
  }
  throw await notThere(first!);
}

/** What lies at a place; undefined where there is nothing. */
export async function readPlace(place: GithubPlace): Promise<UdfParts | undefined> {
  const file = place.path.slice(place.path.lastIndexOf("/") + 1);
  const address = webAddress(place);
  if (file === "meta.json") return readFolder(githubFolder({ ...place, path: place.path.slice(0, -file.length - 1) }));
  if (languageOfFile(file)) {
    const bytes = await rawFile(place, "");
    return bytes && readCodeFile({ place: address, file, text: textOf(bytes) });
  }
  if (/\.zip$/i.test(file)) {
    const bytes = await rawFile(place, "");
    return bytes && readFolder(await zipFolder(bytes, address));
  }
  return readFolder(githubFolder(place));
}

export function webAddress({ owner, repo, ref, path }: Pick<GithubPlace, "owner" | "repo" | "ref" | "path">): string {
  return `${options.githubBaseUrl.replace(/\/+$/, "")}/${owner}/${repo}/tree/${ref}${path && `/${path}`}`;
}

async function* placesOf({ owner, repo, rest }: FilesAddress, isForced: boolean): AsyncGenerator<GithubPlace> {
  const names = rest[0] === "refs" && rest.length > 2 ? rest.slice(2) : rest;
  const [first, ...path] = names as [string, ...string[]];
  const at = (ref: string, segments: string[], isPinned: boolean): GithubPlace => {
    return { owner, repo, ref, path: segments.join("/"), isPinned, isForced };
  };
  if (/^[0-9a-f]{40}$/i.test(first)) return yield at(first.toLowerCase(), path, true);
  if (/^[0-9a-f]{7,39}$/i.test(first)) {
    const commit = await fullCommit(owner, repo, first);
    if (commit !== undefined) yield at(commit, path, true);
  }
  yield at(first, path, false);
  for (const ref of await longerRefs(owner, repo, names)) yield at(ref, names.slice(ref.split("/").length), false);
}

async function fullCommit(owner: string, repo: string, short: string): Promise<string | undefined> {
  const url = apiUrl(`repos/${encodePath([owner, repo])}/commits/${encodeURIComponent(short)}`);
  // A short commit stays what it is, as long as there is only one that begins so.
  const bytes = await githubBytes(url, { isPinned: true, accept: "application/vnd.github.sha" });
  const commit = bytes && textOf(bytes).trim();
  return commit !== undefined && /^[0-9a-f]{40}$/.test(commit) && commit.startsWith(short.toLowerCase())
    ? commit
    : undefined;
}

/** Branches and tags with slashes that the names begin with, longest first. */
async function longerRefs(owner: string, repo: string, names: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const kind of ["heads", "tags"]) {
    const listed = await githubJson(
      `repos/${encodePath([owner, repo])}/git/matching-refs/${kind}/${encodePath([names[0]!])}/`,
    );
    for (const { ref } of (listed as { ref: string }[] | undefined) ?? [])
      found.push(ref.replace(/^refs\/[^/]+\//, ""));
  }
  return found.filter((ref) => `${names.join("/")}/`.startsWith(`${ref}/`)).sort((a, b) => b.length - a.length);
}

function githubFolder(place: GithubPlace): UdfFolder {
  return {
    place: webAddress(place),
    name: place.path.slice(place.path.lastIndexOf("/") + 1) || place.repo,
    read: (path, isOptional) => rawFile(place, path, isOptional),
    list: async () => {
      const { owner, repo, ref, path } = place;
      const query = `repos/${encodePath([owner, repo])}/contents/${encodePath(path.split("/"))}?ref=${encodeURIComponent(ref)}`;
      const listed = await githubJson(query, requestOf(place));
      return Array.isArray(listed) ? listed.map(({ name }: { name: string }) => name) : undefined;
    },
  };
}

function rawFile(place: GithubPlace, file: string, isOptional = false): Promise<Uint8Array | undefined> {
  const { owner, repo, ref, path } = place;
  const segments = [owner, repo, ...ref.split("/"), ...path.split("/"), ...file.split("/")].filter(Boolean);
  return githubBytes(`${options.githubRawBaseUrl.replace(/\/+$/, "")}/${encodePath(segments)}`, {
    ...requestOf(place),
    isOptional,
  });
}

function requestOf({ isPinned, isForced }: GithubPlace): GithubRequest {
  return { isPinned, isForced };
}

function encodePath(segments: string[]): string {
  return segments.map(encodeURIComponent).join("/");
}

async function notThere(place: GithubPlace): Promise<UdfLoadError> {
  const name = place.path.slice(place.path.lastIndexOf("/") + 1);
  const moved = name === "" ? [] : await foldersNamed(place, name);
  const hint =
    moved.length > 0
      ? ` The repository has ${name} elsewhere now: ${moved.map((path) => webAddress({ ...place, path })).join(", ")}`
      : " Check branch and folder; a private repository needs a token in GITHUB_TOKEN.";
  return new UdfLoadError(
    `${webAddress(place)} does not exist (HTTP 404): there is no ${place.path || "such repository"}.${hint}`,
    {
      status: 404,
    },
  );
}

/** Folders of UDFs with this name anywhere in the repository, as far as GitHub's listing of it can be had. */
async function foldersNamed({ owner, repo, ref }: GithubPlace, name: string): Promise<string[]> {
  try {
    const listed = await githubJson(
      `repos/${encodePath([owner, repo])}/git/trees/${encodeURIComponent(ref)}?recursive=1`,
    );
    const paths = ((listed as { tree?: { path: string }[] } | undefined)?.tree ?? []).map(({ path }) => path);
    const suffix = `/${name}/meta.json`;
    return paths.filter((path) => `/${path}`.endsWith(suffix)).map((path) => path.slice(0, -"/meta.json".length));
  } catch {
    return [];
  }
}
