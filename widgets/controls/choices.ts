import { inspect } from "node:util";
import { createControl, type Control, type ControlOptions } from "./control.ts";

/** Values to choose from: a list, or an object of values by the text that stands for them. */
export type Options<Value> = readonly Value[] | Record<string, Value>;

/**
 * A list to choose one value from. Default: the first.
 * @throws RangeError for an empty list, or a value that is not in it
 */
export function select<const Value>(
  options: Options<Value>,
  { value, ...rest }: ControlOptions & { value?: Value } = {},
): Control<Value> {
  const values: Value[] = Array.isArray(options) ? [...(options as Value[])] : Object.values(options as object);
  const labels = Array.isArray(options) ? values.map(String) : Object.keys(options);
  if (values.length === 0) throw new RangeError("A select needs something to choose from; the list is empty.");
  const write = (wanted: Value): number => {
    const index = values.indexOf(wanted);
    if (index >= 0) return index;
    throw new RangeError(`${inspect(wanted)} is not one of ${labels.slice(0, 20).join(", ")}.`);
  };
  const index = value === undefined ? 0 : write(value);
  return createControl(
    {
      name: "Dropdown",
      style: "DescriptionStyle",
      state: { _options_labels: labels, index },
      attribute: "index",
      read: (at) => values[at as number]!,
      write,
    },
    rest,
  );
}

export function checkbox(value = false, options: ControlOptions = {}): Control<boolean> {
  return createControl({ name: "Checkbox", style: "CheckboxStyle", state: { value, indent: false } }, options);
}
