/**
 * The http(s) address behind one of the schemes that files are named with: `s3://bucket/key` and `gs://bucket/key` stand
 * for public objects, `fd://path` for a place of the account's.
 * @throws TypeError for another scheme, and for `fd://` where no place is set
 */
export function resolveFileUrl(url: unknown, fdPrefix: string | null): URL {
  const parsed = typeof url === "string" ? URL.parse(url) : url instanceof URL ? url : null;
  if (!parsed)
    throw new TypeError(
      `${JSON.stringify(url)} is no address. Give one that begins with https://, s3://, gs:// or fd://.`,
    );
  const { protocol, host, pathname } = parsed;
  if (protocol === "http:" || protocol === "https:") return parsed;
  if (protocol === "s3:") return new URL(`https://${host}.s3.amazonaws.com${pathname}`);
  if (protocol === "gs:" || protocol === "gcs:") return new URL(`https://storage.googleapis.com/${host}${pathname}`);
  if (protocol === "fd:") {
    if (!fdPrefix)
      throw new TypeError(
        `${String(url)}: fd:// stands for no place here. Set the option fdPrefix to one; a file of the service that you ` +
          `are logged in to comes with fused.download(${JSON.stringify(String(url))}, "name").`,
      );
    return resolveFileUrl(`${fdPrefix.replace(/\/+$/, "")}/${`${host}${pathname}`.replace(/^\/+/, "")}`, null);
  }
  throw new TypeError(
    `${String(url)}: files come from https://, http://, s3://, gs:// and fd://, not from ${protocol}//.`,
  );
}
