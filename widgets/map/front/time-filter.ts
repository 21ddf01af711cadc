import type { LayerExtension } from "@deck.gl/core";
import type { FeatureTable } from "../decode-features.ts";
import { featureTimes } from "../feature-times.ts";
import type { TimeSpec } from "../map-spec.ts";

/** Where the slider of time stands, and how the graphics card hides what is out of its window. */
export interface TimeFilter {
  spec: TimeSpec;
  at: number;
  /** The slider has not been moved: all is shown. */
  isWhole: boolean;
  extension: LayerExtension;
}

/** The window that is shown now, in the slider's own numbers; undefined where there is none. */
export function windowOf(time: TimeFilter | undefined): [from: number, to: number] | undefined {
  if (!time || time.spec.field === undefined) return undefined;
  const { at, spec } = time;
  if (time.isWhole) return [spec.from, spec.to];
  return [spec.window === undefined ? spec.from : at - spec.window, at];
}

const shares = new WeakMap<FeatureTable, { field: string; value: Float32Array }>();
/** Features without a time are never in a window. */
const never = -10;

/**
 * What a layer of features gets to be filtered by time: the window, and each feature's time. Both count from 0 to 1
 * between the slider's ends, since the card's numbers are too short for milliseconds.
 * @param idOf which feature an object of the layer's data is
 */
export function timeProps<T>(
  table: FeatureTable,
  time: TimeFilter | undefined,
  idOf: (object: T) => number,
): Record<string, unknown> {
  const value = sharesOf(table, time);
  if (!value || !time) return {};
  return { ...filterProps(time), getFilterValue: (object: T) => value[idOf(object)]! };
}

/** The same without the times, for layers whose data are arrays. */
export function filterProps(time: TimeFilter): Record<string, unknown> {
  const [from, to] = windowOf(time)!;
  const { spec, extension } = time;
  return { extensions: [extension], filterRange: [shareOf(from, spec), shareOf(to, spec)] };
}

/** Each feature's time between the slider's ends; undefined where features have none. */
export function sharesOf(table: FeatureTable, time: TimeFilter | undefined): Float32Array | undefined {
  const field = time?.spec.field;
  if (!time || field === undefined) return undefined;
  const known = shares.get(table);
  if (known?.field === field) return known.value;
  const times = featureTimes(table, field);
  if (!times) return undefined;
  const value = Float32Array.from(times, (each) => (Number.isFinite(each) ? shareOf(each, time.spec) : never));
  shares.set(table, { field, value });
  return value;
}

function shareOf(time: number, { from, to }: TimeSpec): number {
  return (time - from) / (to - from);
}
