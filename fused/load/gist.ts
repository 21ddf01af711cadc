import { UdfLoadError } from "../errors.ts";
import type { GithubAddress } from "./github-address.ts";
import { githubBytes, githubJson } from "./github-request.ts";
import type { UdfParts } from "./udf-parts.ts";
import { readFolder } from "./udf-parts.ts";

interface GistFile {
  content?: string;
  truncated?: boolean;
  raw_url: string;
}

/**
 * Reads a UDF from a gist of its files.
 * @throws UdfLoadError where there is no such gist, or it holds no UDF
 */
export async function readGist(
  { id, revision }: Extract<GithubAddress, { kind: "gist" }>,
  isForced: boolean,
): Promise<UdfParts> {
  const isPinned = revision !== undefined;
  const gist = await githubJson(`gists/${id}${isPinned ? `/${revision}` : ""}`, { isForced, isPinned });
  if (!gist)
    throw new UdfLoadError(`There is no gist ${id} (HTTP 404), or it is another one's secret.`, { status: 404 });
  const files = new Map(Object.entries((gist as { files: Record<string, GistFile> }).files));
  const parts = await readFolder({
    place: `gist ${id}`,
    name: id,
    async read(path) {
      const file = files.get(path);
      if (file && (file.truncated || file.content === undefined)) return githubBytes(file.raw_url, { isPinned: true });
      return file && Buffer.from(file.content!);
    },
    list: async () => [...files.keys()],
  });
  return parts!;
}
