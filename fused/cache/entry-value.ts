import { packEncoded, unpackEncoded } from "../../engine/values/packed-value.ts";

type Values = typeof import("../../engine/values.ts");
let values: Values | undefined;

async function valuesModule(): Promise<Values> {
  return (values ??= await import("../../engine/values.ts"));
}

/** A value as the bytes of a cache entry. @throws NotEncodableError where it holds what cannot be kept */
export async function entryBytes(value: unknown): Promise<Uint8Array> {
  return packEncoded(await (await valuesModule()).packValue(value));
}

/** The value in the bytes of a cache entry: a copy for each who reads it. */
export async function readEntryValue(bytes: Uint8Array): Promise<unknown> {
  return (await valuesModule()).unpackValue(unpackEncoded(bytes));
}
