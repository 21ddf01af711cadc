import { githubJson } from "./github-request.ts";

/** Repository and folder of the public catalogue, which `UDF_Name` stands for. */
export const catalogue = { owner: "fusedio", repo: "udfs", ref: "main", folder: "public" } as const;

/** Names of the UDFs in the public catalogue, without a log-in. */
export async function publicNames(): Promise<string[]> {
  const { owner, repo, ref, folder } = catalogue;
  const listed = (await githubJson(`repos/${owner}/${repo}/contents/${folder}?ref=${ref}`)) ?? [];
  return (listed as { name: string; type: string }[]).filter(({ type }) => type === "dir").map(({ name }) => name);
}
