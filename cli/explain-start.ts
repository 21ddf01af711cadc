/** Words for what keeps a service or a worker from starting. */

/** Whether a database said no, or could not be asked. */
export const isDatabaseError = (error: unknown): error is Error & { code?: string } =>
  error instanceof Error && error.name === "DatabaseError";

/** What is wrong with a Postgres, and what to look at. The URL's password is not told. */
export function explainDatabase({ message, code }: Error & { code?: string }, url: string): Error {
  const { host, pathname, username } = new URL(url);
  const place = `The database at ${host || "this machine"}`;
  const reasons: [RegExp, string][] = [
    [/^(ENOTFOUND|EAI_)/, `${place} is not found: no machine has this name.`],
    [/^ECONNREFUSED/, `${place} does not answer: is Postgres started, and does it listen there?`],
    [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/, `${place} cannot be reached from this machine.`],
    [/^28/, `${place} does not let ${decodeURIComponent(username) || "this user"} in.`],
    [/^3D000/, `${place} has no database ${decodeURIComponent(pathname.slice(1))}: make it with createdb.`],
    [
      /^42501/,
      `${place} lets ${decodeURIComponent(username) || "this user"} make no tables: the service needs a schema.`,
    ],
  ];
  const reason = reasons.find(([pattern]) => pattern.test(code ?? ""))?.[1] ?? `${place} cannot be used.`;
  return new Error(`${reason} (${message}) --database-url or FUSED_DATABASE_URL says which.`);
}

/** Why a folder of data cannot be used; other errors are given back. */
export function explainFolder(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EEXIST: "there is a file of this name",
    ENOTDIR: "there is a file where a folder should be",
    EACCES: "this user may not write there",
    EPERM: "this user may not write there",
    EROFS: "the disk can only be read",
    ENOSPC: "the disk is full",
    ENOENT: "it cannot be made there",
  };
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined
    ? error
    : new Error(`${folder} cannot keep the service's state: ${reason}. Name another with --data`);
}
