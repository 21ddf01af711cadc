/**
 * Name under which a fresh context has its `control` (isolate/main.ts). The global is gone before anything of a UDF runs.
 */
export const controlGlobal = "$fused_control";
