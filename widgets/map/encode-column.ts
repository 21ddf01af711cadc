import type { FeatureSet } from "./features.ts";
import type { ColumnHead } from "./map-spec.ts";
import { numberType } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";

/** One property of all features on its way to a page. */
interface EncodedColumn {
  head: ColumnHead;
  buffers: ArrayBufferView[];
}

/** Longest text of a property, characters. */
const longestText = 300;

/** Puts one property into a column: numbers where there is nothing else, and texts once each with their numbers. */
export function encodeColumn(features: FeatureSet, name: string): EncodedColumn {
  const whole = features.numbers?.(name);
  if (whole) return withType(name, whole);
  return numericColumn(features, name) ?? textColumn(features, name);
}

/** Numbers and what is missing, as NaN; undefined where anything else is among them. */
function numericColumn({ count, property }: FeatureSet, name: string): EncodedColumn | undefined {
  const values = new Float64Array(count);
  let any = false;
  for (let i = 0; i < count; i++) {
    const value = property(i, name);
    if (value === null || value === undefined) values[i] = NaN;
    else if (typeof value === "number" || (typeof value === "bigint" && BigInt(Number(value)) === value)) {
      values[i] = Number(value);
      any = true;
    } else return undefined;
  }
  return any || count === 0 ? withType(name, narrowed(values)) : undefined;
}

function withType(name: string, data: Numbers): EncodedColumn {
  return { head: { name, kind: "number", dtype: numberType(data)! }, buffers: [data] };
}

/** Whole numbers take fewer bytes. */
function narrowed(values: Float64Array): Numbers {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isInteger(value)) return values;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least >= 0 && greatest <= 0xff) return Uint8Array.from(values);
  if (least >= -0x8000 && greatest <= 0x7fff) return Int16Array.from(values);
  return least >= -0x80000000 && greatest <= 0x7fffffff ? Int32Array.from(values) : values;
}

function textColumn({ count, property }: FeatureSet, name: string): EncodedColumn {
  const codes = new Uint32Array(count);
  const byText = new Map<string, number>();
  const missing = 0xffffffff;
  for (let i = 0; i < count; i++) {
    const text = textOf(property(i, name));
    if (text === undefined) {
      codes[i] = missing;
      continue;
    }
    let code = byText.get(text);
    if (code === undefined) byText.set(text, (code = byText.size));
    codes[i] = code;
  }
  const size = byText.size;
  const type = size < 0xff ? Uint8Array : size < 0xffff ? Uint16Array : Uint32Array;
  const dtype = size < 0xff ? "uint8" : size < 0xffff ? "uint16" : "uint32";
  const texts = new TextEncoder().encode(JSON.stringify([...byText.keys()]));
  // The missing code narrows to the highest of the smaller type.
  return { head: { name, kind: "text", dtype }, buffers: [type === Uint32Array ? codes : type.from(codes), texts] };
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text =
    value instanceof Date ? value.toISOString() : typeof value === "object" ? shortJson(value) : String(value);
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function shortJson(value: object): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each)) ?? "";
}
