import { decodeValue } from "./values/decode.ts";
import { encodeValue, type BodyOf } from "./values/encode.ts";
import { arrowBytes, arrowFrom, arrowKindOf, type ArrowModule } from "./values/arrow-ipc.ts";
import type { EncodedValue } from "./values/encoded-value.ts";

/** Thrown on the way through a value when Arrow turns out to be needed and is not loaded yet. */
const arrowMissing = Symbol("arrow missing");

let arrow: ArrowModule | undefined;

async function loadArrow(): Promise<ArrowModule> {
  return (arrow ??= await import("apache-arrow"));
}

/**
 * Encodes a value of this process for a UDF: structured-cloneable data with Arrow tables, batches and vectors, Blobs and
 * Responses anywhere inside. apache-arrow is loaded only where one is met.
 * @throws NotEncodableError where the value holds what cannot travel
 */
export async function packValue(value: unknown): Promise<EncodedValue> {
  const bodies = await readBodies(value);
  const bodyOf = (object: object) => bodies.get(object);
  try {
    return encodeValue(value, { arrowBytes: bytesOfArrow, bodyOf });
  } catch (error) {
    if (error !== arrowMissing) throw error;
    await loadArrow();
    return encodeValue(value, { arrowBytes: bytesOfArrow, bodyOf });
  }
}

/** Rebuilds a value that `packValue` or a UDF's isolate has encoded. */
export async function unpackValue(encoded: EncodedValue): Promise<unknown> {
  const module = encoded.hasTables ? await loadArrow() : undefined;
  return decodeValue(encoded, {
    arrowFrom: module && ((kind, bytes) => arrowFrom(module, kind, bytes)),
    makeBlob: (type, bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>], { type }),
    makeResponse: (status, headers, bytes) => {
      const isBodyless = status === 204 || status === 205 || status === 304;
      return new Response(isBodyless ? null : (bytes as Uint8Array<ArrayBuffer>), { status, headers });
    },
  });
}

function bytesOfArrow(value: object) {
  const kind = arrowKindOf(value);
  if (!kind) return undefined;
  if (!arrow) throw arrowMissing;
  return { kind, bytes: arrowBytes(arrow, kind, value) };
}

/** The Blobs and Responses among a value and its direct members, read. */
async function readBodies(value: unknown): Promise<Map<object, BodyOf>> {
  const bodies = new Map<object, BodyOf>();
  const members = typeof value === "object" && value !== null && !ArrayBuffer.isView(value) ? Object.values(value) : [];
  for (const each of [value, ...members]) {
    if (each instanceof Blob) {
      bodies.set(each, { kind: "blob", type: each.type, bytes: new Uint8Array(await each.arrayBuffer()) });
    } else if (each instanceof Response) {
      const bytes = new Uint8Array(await each.clone().arrayBuffer());
      bodies.set(each, { kind: "response", status: each.status, headers: [...each.headers], bytes });
    }
  }
  return bodies;
}
