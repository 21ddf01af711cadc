import { featureSet } from "./features.ts";
import type { FeatureSet } from "./features.ts";
import type { Layer } from "./layers.ts";
import type { TimeOptions } from "./map-options.ts";
import type { TimeSpec } from "./map-spec.ts";
import { isMoment, timeOf } from "./time-of.ts";
import type { UdfLayer } from "./udf-layer.ts";

const day = 86_400_000;

/**
 * Settles the slider of time: its ends from the data, where nothing else is said.
 * @throws TypeError where no layer has the property, no UDF the parameter, or the ends are not known
 */
export async function timeSpec(given: string | TimeOptions, layers: Layer[], udfs: UdfLayer[]): Promise<TimeSpec> {
  const options = typeof given === "string" ? { field: given } : given;
  const { field, parameter, step, window, cumulative } = options;
  if ((field === undefined) === (parameter === undefined))
    throw new TypeError("The option time names a property of features (field) or a UDF's parameter, one of them.");
  if (parameter !== undefined) return parameterTime(parameter, options, udfs);
  let [least, greatest, isDate] = [Infinity, -Infinity, isMoment(options.from) || isMoment(options.to)];
  const names = new Set<string>();
  for (const layer of layers) {
    if (layer.type !== "vector" && layer.type !== "points") continue;
    const features = await featureSet(layer.data, layer.type === "points" ? layer : {});
    for (const name of features.properties) names.add(name);
    for (const value of valuesOf(features, field!)) {
      const time = timeOf(value);
      if (!Number.isFinite(time)) continue;
      isDate ||= isMoment(value);
      least = Math.min(least, time);
      greatest = Math.max(greatest, time);
    }
  }
  const from = options.from === undefined ? least : timeOf(options.from);
  const to = options.to === undefined ? greatest : timeOf(options.to);
  if (!(from < to)) {
    throw new TypeError(
      names.size > 0 && !names.has(field!)
        ? `The slider of time goes by "${field}", which is no property; there are ${[...names].join(", ")}.`
        : `The slider of time by "${field}" has no two ends: the data tell none. Give them: { field: "${field}", from, to }.`,
    );
  }
  const unit = isDate ? day : 1;
  return {
    field,
    isDate,
    from,
    to,
    step: step === undefined ? (to - from) / 100 : step * unit,
    ...(!cumulative && { window: window === undefined ? (to - from) / 10 : window * unit }),
    ...(!cumulative && window === undefined && { startsWhole: true as const }),
  };
}

function* valuesOf({ count, properties, property }: FeatureSet, field: string): Iterable<unknown> {
  if (properties.includes(field)) for (let i = 0; i < count; i++) yield property(i, field);
}

function parameterTime(parameter: string, { from, to, step }: TimeOptions, udfs: UdfLayer[]): TimeSpec {
  const known = udfs.flatMap(({ udf }) => udf.source.frame.parameters.parameters);
  const found = known.find(({ name }) => name === parameter);
  if (!found) {
    throw new TypeError(
      `The slider of time sets the parameter "${parameter}", which no UDF of the map has; there are ${known.map(({ name }) => name).join(", ") || "none"}.`,
    );
  }
  const [first, last] = [timeOf(from), timeOf(to)];
  if (!(first < last))
    throw new TypeError(`The slider of time needs ends for a parameter: { parameter: "${parameter}", from, to }.`);
  const isDate = found.type.kind === "date" || isMoment(from);
  const usual = isDate ? day : found.type.kind === "int" ? 1 : (last - first) / 100;
  return { parameter, isDate, from: first, to: last, step: step === undefined ? usual : step * (isDate ? day : 1) };
}
