/**
 * Whether an output is a display that was emptied again: progress that is shown only where runs take long. It stands in a
 * notebook or not, as quick as the machine was.
 */
export function isEmptied({ data }: { data?: unknown }): boolean {
  const values = Object.values((data ?? {}) as Record<string, unknown>);
  return values.length > 0 && values.every((value) => [value].flat().join("") === "");
}
