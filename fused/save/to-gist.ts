import { AuthError, FusedError } from "../errors.ts";
import { fetchBytes } from "../load/fetch-bytes.ts";
import { apiUrl, checkAnswer, githubToken } from "../load/github-request.ts";
import type { UdfState } from "../udf-state.ts";
import { udfFiles } from "./udf-files.ts";

export interface GistOptions {
  /** Who makes the gist; default the environment's GITHUB_TOKEN. */
  token?: string;
  /** Listed for everybody. Default false: whoever has the address can read it. */
  public?: boolean;
}

/**
 * Saves a UDF as a gist of its files and gives the gist's address, which `fused.load` takes.
 * @throws AuthError without a token, and where GitHub does not accept it; no error has the token in it
 */
export async function toGist(state: UdfState, options: GistOptions = {}): Promise<string> {
  const token = options.token ?? githubToken();
  if (!token) {
    throw new AuthError(
      "A gist belongs to a GitHub account: set GITHUB_TOKEN to a token with the permission gist, or pass { token }.",
    );
  }
  const files = [...udfFiles(state)].map(([file, content]) => [flat(file, state), { content }]);
  const body = JSON.stringify({
    description: `Fused UDF ${state.frame.name}`,
    public: options.public ?? false,
    files: Object.fromEntries(files) as unknown,
  });
  const headers = {
    "user-agent": "fused-kernel",
    accept: "application/vnd.github+json",
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
  };
  const url = apiUrl("gists");
  // Sent once: a repetition could make a second gist.
  const answer = await fetchBytes(url, { method: "POST", headers, body }, 1);
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    if (answer.headers.get("x-ratelimit-remaining") !== "0") {
      throw new AuthError(
        `GitHub does not accept the token for a gist (HTTP ${answer.status}): it needs the permission gist.`,
        {
          status: answer.status,
        },
      );
    }
  }
  checkAnswer(url, answer);
  if (answer.status !== 201)
    throw new FusedError(`GitHub did not make the gist (HTTP ${answer.status}).`, { status: answer.status });
  return (JSON.parse(Buffer.from(answer.bytes).toString("utf8")) as { html_url: string }).html_url;
}

/** @throws FusedError for a file in a folder: a gist has none */
function flat(file: string, { frame }: UdfState): string {
  if (!file.includes("/")) return file;
  throw new FusedError(
    `${frame.name} cannot be a gist: its file ${file} lies in a folder, and a gist has none. Use toFile.`,
  );
}
