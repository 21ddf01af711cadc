import { randomUUID } from "node:crypto";
import { button, output, vbox, boxFallback, type Placed } from "./boxes.ts";
import { checkbox, select } from "./choices.ts";
import { isControl, labelled, type Control } from "./control.ts";
import { date, text } from "./entries.ts";
import { viewOf } from "./model.ts";
import { slider } from "./sliders.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import { widgetHost, type CellOutput } from "./widget-host.ts";

/**
 * What a parameter may be given as: a control, or what stands for one. `[from, to]` and `[from, to, step]` are sliders, a
 * number is one around it, true and false a checkbox, text a field, a Date a date, another list or an object a choice.
 */
export type Adjustable = Control<never> | Control<any> | number | boolean | string | Date | readonly unknown[] | object;

/** The value that a function gets for a parameter. */
type ValueOf<Given> =
  Given extends Control<infer Value>
    ? Value
    : Given extends readonly [number, number] | readonly [number, number, number]
      ? number
      : Given extends readonly (infer Each)[]
        ? Each
        : Given extends number | boolean | string | Date
          ? Widen<Given>
          : Given extends Record<string, infer Each>
            ? Each
            : never;
type Widen<Given> = Given extends number
  ? number
  : Given extends boolean
    ? boolean
    : Given extends string
      ? string
      : Given;

export interface InteractOptions {
  /** A button runs the function, not each change. */
  manual?: boolean;
}

/** A function with controls for its parameters. */
export interface Interaction<Values> {
  readonly controls: { readonly [Name in keyof Values]: Control<Values[Name]> };
  /** The parameters as they are set now. */
  readonly values: Values;
  /** Runs the function with them, and shows what it gives. */
  run(): Promise<void>;
  close(): void;
}

/**
 * Shows controls, and below them what a function makes of their values; it runs again when one changes, and what it
 * prints and shows takes the place of what was there.
 * @param work gets one object with the values by name, as a UDF does: `interact(({ x, y }) => x + y, { x: [0, 10], y: 2 })`
 */
export async function interact<const Given extends Record<string, Adjustable>>(
  work: (values: { [Name in keyof Given]: ValueOf<Given[Name]> }) => unknown,
  parameters: Given,
  { manual = false }: InteractOptions = {},
): Promise<Interaction<{ [Name in keyof Given]: ValueOf<Given[Name]> }>> {
  type Values = { [Name in keyof Given]: ValueOf<Given[Name]> };
  const host = widgetHost();
  if (!host) throw new Error("fused.interact shows controls in a notebook; in a script call the function.");
  if (typeof work !== "function")
    throw new TypeError("fused.interact(fn, { name: control }): the first is a function.");
  const controls = Object.fromEntries(
    Object.entries(parameters).map(([name, given]) => [name, labelled(controlFor(name, given), name)]),
  );
  const values = (): Values =>
    Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value])) as Values;
  const place = output();
  const start = manual ? [button("Run", () => void run())] : [];
  const parts: Placed[] = [...Object.values(controls), ...start];
  const box = vbox([...parts, place]);
  const id = randomUUID();
  const isLive = host.hasWidgets();

  let running: Promise<void> | undefined;
  let again = false;
  let isShown = false;
  const show = (outputs: CellOutput[]): void => {
    if (isLive) return place.show(outputs);
    host.display({ data: boxFallback(parts), metadata: {} }, id, true);
    host.display(joined(outputs), `${id}-result`, isShown);
    isShown = true;
  };
  const run = (): Promise<void> => {
    again = running !== undefined;
    // Changes that come while it runs are one change: it runs once more, with the latest values.
    running ??= (async () => {
      do {
        again = false;
        await host.collect(() => work(values()), show);
      } while (again);
    })().finally(() => (running = undefined));
    return running;
  };
  if (!manual) for (const control of Object.values(controls)) control.on("change", () => void run());
  host.display(isLive ? viewOf(box.model, boxFallback(parts)) : { data: boxFallback(parts), metadata: {} }, id, false);
  if (!manual) await run();
  const interaction = {
    controls: controls as unknown as Interaction<Values>["controls"],
    get values() {
      return values();
    },
    run,
    close: () => box.close(),
  };
  // As a cell's last value it shows nothing more.
  return Object.defineProperty(interaction, Symbol.for("Jupyter.display"), { value: () => ({}) });
}

/** All outputs as one: the last that is more than text, and all texts. */
function joined(outputs: readonly CellOutput[]): MimeBundle {
  const shown = outputs.map((each): MimeBundle => {
    if (each.output_type === "display_data") return each;
    const text = each.output_type === "stream" ? each.text : `${each.ename}: ${each.evalue}`;
    return { data: { "text/plain": text }, metadata: {} };
  });
  const last = shown.findLast(({ data }) => Object.keys(data).some((mime) => mime !== "text/plain"));
  const texts = shown.map(({ data }) => String(data["text/plain"] ?? "").trimEnd()).filter((each) => each !== "");
  return { data: { ...last?.data, "text/plain": texts.join("\n") }, metadata: last?.metadata ?? {} };
}

function controlFor(name: string, given: unknown): Control<unknown> {
  if (isControl(given)) return given;
  if (typeof given === "number") return aroundNumber(given) as Control<unknown>;
  if (typeof given === "boolean") return checkbox(given) as Control<unknown>;
  if (typeof given === "string") return text(given) as Control<unknown>;
  if (given instanceof Date) return date(given) as Control<unknown>;
  if (isLimits(given)) return slider(given[0], given[1], { step: given[2] }) as Control<unknown>;
  if (typeof given === "object" && given !== null) return select(given as Record<string, unknown>) as Control<unknown>;
  throw new TypeError(
    `fused.interact: ${name} is ${typeof given}. Give a control (fused.controls.slider(0, 10)), [from, to], a list of ` +
      "choices, a number, text, true or false, or a Date.",
  );
}

const isLimits = (given: unknown): given is [number, number, number?] =>
  Array.isArray(given) && (given.length === 2 || given.length === 3) && given.every((each) => typeof each === "number");

/** ipywidgets' rule: from minus the number to three times it. */
function aroundNumber(value: number): Control<number> {
  if (value === 0) return slider(0, 10, { value });
  const limits = [-value, 3 * value].sort((a, b) => a - b);
  return slider(limits[0]!, limits[1]!, { value });
}
