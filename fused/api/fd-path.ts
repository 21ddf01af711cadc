/**
 * A path of the service's files as it is asked for: `fd://` is the team's own folder, and what has no scheme lies in it.
 * @throws TypeError for what is no path
 */
export function fdPath(path: unknown, place: string): string {
  if (typeof path !== "string" || path.trim() === "") {
    throw new TypeError(`${place} takes a path such as fd://data/a.parquet; what came is ${JSON.stringify(path)}.`);
  }
  return /^[a-z][a-z\d+.-]*:\/\//i.test(path) ? path : `fd://${path.replace(/^\/+/, "")}`;
}

export const isFdPath = (path: unknown): path is string => typeof path === "string" && /^fd:\/\//i.test(path);
