import type { DataType, Decimal, Dictionary, Duration, Field, Time, TimeUnit } from "apache-arrow";

type Arrow = typeof import("apache-arrow");

/** Powers of ten of Arrow's units: seconds, milliseconds, microseconds, nanoseconds. */
const digitsOf: Record<TimeUnit, number> = { 0: 0, 1: 3, 2: 6, 3: 9 };

/**
 * A cell of an Arrow column as a value of JavaScript: null, boolean, number, bigint (64-bit columns), string, Date (dates
 * and timestamps), Uint8Array, arrays and objects. Decimals, times and durations are text, exact.
 */
export function plainCell(arrow: Arrow, cell: unknown, type: DataType): unknown {
  const { DataType } = arrow;
  if (cell === null || cell === undefined) return null;
  if (DataType.isDictionary(type)) return plainCell(arrow, cell, (type as Dictionary).dictionary as DataType);
  if (DataType.isTimestamp(type) || DataType.isDate(type)) return new Date(Number(cell));
  if (DataType.isDecimal(type)) return decimalText(cell as Uint32Array, type as Decimal);
  if (DataType.isTime(type)) return timeText(cell as number | bigint, digitsOf[(type as Time).unit]);
  if (DataType.isDuration(type)) return `PT${scaled(BigInt(cell as bigint), digitsOf[(type as Duration).unit])}S`;
  if (DataType.isInterval(type)) return Array.from(cell as Int32Array, Number);
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const child = type.children[0]!.type as DataType;
    return Array.from(cell as Iterable<unknown>, (each) => plainCell(arrow, each, child));
  }
  if (DataType.isStruct(type)) {
    const struct = cell as Record<string, unknown>;
    return Object.fromEntries(
      (type.children as Field[]).map(({ name, type: child }) => [name, plainCell(arrow, struct[name], child)]),
    );
  }
  if (DataType.isMap(type)) {
    const value = type.children[0]!.type.children[1]!.type as DataType;
    return Object.fromEntries(
      [...(cell as Iterable<[unknown, unknown]>)].map(([key, each]) => [String(key), plainCell(arrow, each, value)]),
    );
  }
  return cell;
}

/** The whole number in the little-endian words of a decimal cell. */
export function decimalInteger(words: Uint32Array): bigint {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]!);
  return BigInt.asIntN(words.length * 32, value);
}

function decimalText(words: Uint32Array, { scale }: Decimal): string {
  return scaled(decimalInteger(words), scale);
}

function scaled(value: bigint, digits: number): string {
  if (digits <= 0) return String(value * 10n ** BigInt(-digits));
  const text = String(value < 0n ? -value : value).padStart(digits + 1, "0");
  return `${value < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function timeText(cell: number | bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  const value = BigInt(cell);
  const seconds = Number(value / perSecond);
  const pair = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const whole = `${pair(seconds / 3600)}:${pair((seconds / 60) % 60)}:${pair(seconds % 60)}`;
  return digits === 0 ? whole : `${whole}.${String(value % perSecond).padStart(digits, "0")}`;
}
