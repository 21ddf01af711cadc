import { spatialKinds, type Parameter } from "../../engine/udf-frame.ts";
import type { ControlSpec } from "./map-spec.ts";

/** What a control of a parameter may take: ends of a slider and its step, or the values of a list. */
export type ControlRange = [min: number, max: number, step?: number] | string[] | true;

/**
 * A control for each parameter that one can be made for: a slider for numbers, a list for enumerations, a box to tick, a
 * date, a line of text. A slider runs from 0 to twice the default, or to 1 for a fraction, where nothing else is said.
 * @param ranges which parameters, and what they may take; true: all of them
 * @param values where the controls stand at first
 * @throws TypeError for a name that is no parameter
 */
export function controlSpecs(
  parameters: Parameter[],
  values: Record<string, unknown>,
  ranges: true | string[] | Record<string, ControlRange> = true,
): ControlSpec[] {
  const able = parameters.filter(({ type }) => !spatialKinds.includes(type.kind));
  const wanted = ranges === true ? able.map(({ name }) => name) : Array.isArray(ranges) ? ranges : Object.keys(ranges);
  return wanted.flatMap((name) => {
    const parameter = able.find((each) => each.name === name);
    if (!parameter) {
      throw new TypeError(
        `There is no parameter "${name}" to make a control of; there are ${able.map((each) => each.name).join(", ") || "none"}.`,
      );
    }
    const range = ranges === true || Array.isArray(ranges) ? true : ranges[name]!;
    return controlOf(parameter, values[name] ?? parameter.default, range) ?? [];
  });
}

function controlOf({ name, type }: Parameter, value: unknown, range: ControlRange): ControlSpec | undefined {
  const base = { name, label: name };
  if (Array.isArray(range) && range.some((each) => typeof each !== "number")) {
    return { ...base, kind: "select", options: range, value: value ?? range[0] };
  }
  switch (type.kind) {
    case "int":
    case "float": {
      const own = range === true ? usualRange(Number(value ?? 0), type.kind) : (range as number[]);
      const [min = 0, max = 1, step = type.kind === "int" ? 1 : niceStep(max - min)] = own;
      return { ...base, kind: "slider", min, max, step, value: value ?? min };
    }
    case "boolean":
      return { ...base, kind: "checkbox", value: value === true };
    case "enum":
      return { ...base, kind: "select", options: type.values, value: value ?? type.values[0] };
    case "date":
      return { ...base, kind: "date", value: dateText(value) };
    case "string":
      return { ...base, kind: "text", value: value ?? "" };
    default:
      return undefined;
  }
}

function usualRange(value: number, kind: "int" | "float"): [number, number] {
  if (value < 0) return [2 * value, -2 * value];
  if (value === 0) return [0, 10];
  return kind === "float" && value < 1 ? [0, 1] : [0, 2 * value];
}

/** A hundred steps or so, of a round size. */
function niceStep(span: number): number {
  return 10 ** Math.floor(Math.log10(Math.max(span, Number.MIN_VALUE) / 50));
}

function dateText(value: unknown): string {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === "string" ? value.slice(0, 10) : "";
}
