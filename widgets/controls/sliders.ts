import { inspect } from "node:util";
import { createControl, type Control, type ControlOptions } from "./control.ts";

export interface SliderOptions<Value> extends ControlOptions {
  value?: Value;
  /** Least change. Default 1 between whole numbers, else a hundredth of the span. */
  step?: number;
  /** Tells only the value at which the slider is let go. */
  lazy?: boolean;
}

/**
 * A slider from one number to another, whole numbers where limits, step and value are such.
 * @throws RangeError where the limits are none, or the value is not between them
 */
export function slider(min: number, max: number, options: SliderOptions<number> = {}): Control<number> {
  const { value = min } = options;
  const parts = sliderParts(min, max, [value], options);
  const write = (next: number): number => between("slider", next, min, max);
  return createControl(
    { ...parts, name: `${parts.type}Slider`, state: { ...parts.state, value: write(value) }, write },
    options,
  );
}

/** A slider with two handles; its value is `[low, high]`. */
export function range(
  min: number,
  max: number,
  options: SliderOptions<[number, number]> = {},
): Control<[number, number]> {
  const { value = [min, max] } = options;
  const parts = sliderParts(min, max, value, options);
  const write = ([low, high]: [number, number]): [number, number] => {
    if (!(low <= high)) throw new RangeError(`The range ${low} to ${high} runs backwards.`);
    return [between("range", low, min, max), between("range", high, min, max)];
  };
  const name = `${parts.type}RangeSlider`;
  return createControl({ ...parts, name, state: { ...parts.state, value: write(value) }, write }, options);
}

function sliderParts(min: number, max: number, values: number[], { step, lazy = false }: SliderOptions<unknown>) {
  if (!(Number.isFinite(min) && Number.isFinite(max) && min < max)) {
    throw new RangeError(
      `A slider goes from a number to a larger one, slider(0, 10, { value: 3 }); ${inspect(min)} to ${inspect(max)} does not.`,
    );
  }
  const isWhole = [min, max, step ?? 1, ...values].every(Number.isInteger);
  const least = step ?? (isWhole ? 1 : Number(((max - min) / 100).toPrecision(2)));
  if (!(least > 0)) throw new RangeError(`The step of a slider is above 0, not ${step}.`);
  const decimals = Math.min(6, Math.max(0, -Math.floor(Math.log10(least) + 1e-9)));
  return {
    type: isWhole ? "Int" : "Float",
    style: "SliderStyle",
    state: {
      min,
      max,
      step: least,
      orientation: "horizontal",
      readout: true,
      readout_format: isWhole ? "d" : `.${decimals}f`,
      continuous_update: !lazy,
    },
  };
}

function between(what: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new RangeError(`The ${what} goes from ${min} to ${max}; ${value} is not on it.`);
}
