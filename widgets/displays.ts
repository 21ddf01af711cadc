/** What a notebook's `fused` has beside the SDK: what is shown and set on a page. */
export * as controls from "./controls/index.ts";
export { interact } from "./controls/interact.ts";
export { table } from "./table/table-handle.ts";
export { map } from "./map/map-handle.ts";
