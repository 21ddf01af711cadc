/**
 * The H3 resolution whose cells look right at a map zoom: 3 + zoom / 1.5 − offset, whole, within `min` and `max`.
 * @param options.offset makes cells larger. Default 0; `min` 0 and `max` 15 by default.
 */
export function h3Resolution(zoom: number, options: { offset?: number; min?: number; max?: number } = {}): number {
  const resolution = Math.floor(3 + zoom / 1.5) - (options.offset ?? 0);
  return Math.max(options.min ?? 0, Math.min(options.max ?? 15, resolution));
}
