import { options } from "../options.ts";
import type { UdfState } from "../udf-state.ts";

/** Where a UDF of the service is to be seen; undefined for one that was never saved there and so has no id. */
export function catalogUrl({ frame }: UdfState): string | undefined {
  const { id, slug } = frame.metadata;
  if (typeof id !== "string" || id === "") return undefined;
  const name = typeof slug === "string" && slug !== "" ? slug : frame.name;
  return `${options.baseWebUrl.replace(/\/+$/, "")}/workbench/catalog/${encodeURIComponent(`${name}-${id}`)}`;
}
