import { createControl, type Control, type ControlOptions } from "./control.ts";

export interface TextOptions extends ControlOptions {
  /** Grey text where there is none yet. */
  placeholder?: string;
  /** Tells the text only when Enter is pressed or the field is left. */
  lazy?: boolean;
}

export function text(value = "", { placeholder = "", lazy = false, ...rest }: TextOptions = {}): Control<string> {
  const state = { value, placeholder, continuous_update: !lazy };
  return createControl({ name: "Text", style: "TextStyle", state }, rest);
}

/** A day, as a Date at midnight UTC; null where none is chosen. */
export function date(value: Date | string | null = null, options: ControlOptions = {}): Control<Date | null> {
  return createControl<Date | null>(
    {
      name: "DatePicker",
      style: "DescriptionStyle",
      state: { value: dateState(value === null ? null : new Date(value)), min: null, max: null, step: 1 },
      read: readDate(),
      write: dateState,
    },
    options,
  );
}

/** ipywidgets counts months from 0 (`date_serialization`). */
function dateState(value: Date | null): object | null {
  if (value === null) return null;
  if (Number.isNaN(value.getTime())) throw new RangeError("The date is none: write it as 2026-11-21.");
  return { year: value.getUTCFullYear(), month: value.getUTCMonth(), date: value.getUTCDate() };
}

/** The same day is the same Date, so that a change is one. */
function readDate(): (state: unknown) => Date | null {
  let last: Date | null = null;
  return (state) => {
    if (state === null) return (last = null);
    const { year, month, date: day } = state as { year: number; month: number; date: number };
    const time = Date.UTC(year, month, day);
    if (last?.getTime() !== time) last = new Date(time);
    return last;
  };
}
