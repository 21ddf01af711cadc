import { options } from "../options.ts";

/** What a GitHub address names. `rest` is what stands behind it, reference and path still together. */
export type GithubAddress =
  | { kind: "files"; owner: string; repo: string; rest: string[] }
  | { kind: "pull"; owner: string; repo: string; number: string }
  | { kind: "gist"; id: string; revision: string | undefined };

const publicHosts = {
  github: /^(?:https?:\/\/)?(?:www\.)?github\.com\//i,
  raw: /^(?:https?:\/\/)?raw\.githubusercontent\.com\//i,
  gist: /^(?:https?:\/\/)?gist\.github\.com\//i,
};

/** Takes an address of GitHub apart, of the public one or of the one that the options name; undefined for others. */
export function readGithubAddress(address: string): GithubAddress | undefined {
  const [plain] = address.trim().split(/[?#]/, 1) as [string];
  const gist = below(plain, publicHosts.gist, options.gistBaseUrl);
  if (gist) return gistAddress(gist);
  const raw = below(plain, publicHosts.raw, options.githubRawBaseUrl);
  if (raw) {
    const [owner, repo, ...rest] = raw;
    return owner && repo && rest.length > 0 ? { kind: "files", owner, repo, rest } : undefined;
  }
  const [owner, repo, kind, ...rest] = below(plain, publicHosts.github, options.githubBaseUrl) ?? [];
  if (!owner || !repo) return undefined;
  const name = repo.replace(/\.git$/, "");
  if (kind === undefined) return { kind: "files", owner, repo: name, rest: ["HEAD"] };
  if (kind === "pull" && rest[0]) return { kind: "pull", owner, repo: name, number: rest[0] };
  const isFiles = ["tree", "blob", "raw", "commit"].includes(kind) && rest.length > 0;
  return isFiles ? { kind: "files", owner, repo: name, rest } : undefined;
}

/** Segments of a path below one of the two bases. */
function below(address: string, publicHost: RegExp, base: string): string[] | undefined {
  const found = publicHost.exec(address)?.[0] ?? (address.startsWith(withSlash(base)) ? withSlash(base) : undefined);
  if (found === undefined) return undefined;
  const segments = address.slice(found.length).split("/").filter(Boolean);
  return segments.map((segment) => decode(segment));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function withSlash(base: string): string {
  return base.replace(/\/*$/, "/");
}

function gistAddress(segments: string[]): GithubAddress | undefined {
  const at = segments.findIndex((segment) => /^[0-9a-f]{20,}$/i.test(segment));
  const revision = segments[at + 1];
  if (at < 0) return undefined;
  return {
    kind: "gist",
    id: segments[at]!,
    revision: revision && /^[0-9a-f]{40}$/i.test(revision) ? revision : undefined,
  };
}
