import { UdfLoadError } from "../errors.ts";
import type { GithubAddress } from "./github-address.ts";
import { readPlace, webAddress } from "./github-files.ts";
import { githubJson } from "./github-request.ts";
import type { UdfParts } from "./udf-parts.ts";

interface ChangedFile {
  filename: string;
  status: string;
}

/** Most files of a pull request that GitHub lists on one page. */
const pageSize = 100;

/**
 * Reads the UDF that a pull request adds or changes, as it is at the request's last commit.
 * @throws UdfLoadError where there is no such request, or it changes no UDF or several
 */
export async function readPullRequest(
  { owner, repo, number }: Extract<GithubAddress, { kind: "pull" }>,
  isForced: boolean,
): Promise<UdfParts> {
  const path = `repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}/pulls/${encodeURIComponent(number)}`;
  const place = `pull request ${number} of ${owner}/${repo}`;
  const pull = (await githubJson(path, { isForced })) as { head: { sha: string } } | undefined;
  if (!pull) throw new UdfLoadError(`There is no ${place} (HTTP 404).`, { status: 404 });
  const files = (await githubJson(`${path}/files?per_page=${pageSize}`, { isForced })) as ChangedFile[] | undefined;
  const present = (files ?? []).filter(({ status }) => status !== "removed").map(({ filename }) => filename);
  const folders = [...new Set(present.map((file) => file.slice(0, Math.max(0, file.lastIndexOf("/")))))];
  const at = { owner, repo, ref: pull.head.sha, isPinned: true, isForced };
  const found: { folder: string; parts: UdfParts }[] = [];
  for (const folder of folders) {
    const parts = await readPlace({ ...at, path: `${folder}/meta.json`.replace(/^\//, "") }).catch(onlyUdfs);
    if (parts?.meta) found.push({ folder, parts });
  }
  if (found.length === 1) return found[0]!.parts;
  const addresses = found.map(({ folder }) => webAddress({ ...at, path: folder }));
  throw new UdfLoadError(
    found.length === 0
      ? `The ${place} changes no UDF: none of its files lies in a folder with a meta.json.`
      : `The ${place} changes ${found.length} UDFs; load one of them: ${addresses.join(", ")}`,
  );
}

/** A folder that is no UDF is none of those that are looked for. */
function onlyUdfs(error: unknown): undefined {
  if (error instanceof UdfLoadError && error.status === undefined) return undefined;
  throw error;
}
