/** A moment or a number as the slider of time counts: milliseconds since 1970 for dates; NaN for what is neither. */
export function timeOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" && value !== "" ? dateOf(value) : NaN;
}

/** Texts of numbers are numbers: a year stands for itself. */
function dateOf(text: string): number {
  const number = Number(text);
  return Number.isNaN(number) ? Date.parse(text) : number;
}

/** Whether a value says a moment rather than a number. */
export function isMoment(value: unknown): boolean {
  if (value instanceof Date) return true;
  if (typeof value === "string") return Number.isNaN(Number(value)) && !Number.isNaN(Date.parse(value));
  // Milliseconds since 1970, from 1973 to 2286.
  return typeof value === "number" && value >= 1e11 && value < 1e13;
}
