import { arrowBytes, arrowFrom, arrowKindOf, type ArrowModule } from "../values/arrow-ipc.ts";
import { decodeValue } from "../values/decode.ts";
import { encodeValue, type BodyOf } from "../values/encode.ts";
import type { EncodedValue } from "../values/encoded-value.ts";
import type { Modules } from "./modules.ts";

/** How values leave this isolate and come into it. */
export interface Travel {
  /** @throws NotEncodableError, TooLargeError */
  encode(value: unknown, maxBytes?: number): EncodedValue;
  /** Imports apache-arrow where there are tables inside. */
  decode(encoded: EncodedValue): Promise<unknown>;
}

export function makeTravel(modules: Modules): Travel {
  return {
    encode(value, maxBytes) {
      const arrow = modules.loaded("apache-arrow") as ArrowModule | undefined;
      return encodeValue(value, {
        maxBytes,
        bodyOf,
        arrowBytes: (object) => {
          const kind = arrow && arrowKindOf(object);
          return kind && { kind, bytes: arrowBytes(arrow, kind, object) };
        },
      });
    },
    async decode(encoded) {
      const arrow = encoded.hasTables ? ((await modules.load("apache-arrow")) as ArrowModule) : undefined;
      return decodeValue(encoded, {
        ...makers,
        arrowFrom: arrow && ((kind, bytes) => arrowFrom(arrow, kind, bytes)),
      });
    },
  };
}

const makers = {
  makeBlob: (type: string, bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>], { type }),
  makeResponse: (status: number, headers: [string, string][], bytes: Uint8Array) =>
    new Response(bytes as Uint8Array<ArrayBuffer>, { status, headers }),
};

function bodyOf(value: object): BodyOf | undefined {
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Blob]") {
    const { Blob: OwnBlob } = require("./blob.ts") as typeof import("./blob.ts");
    const held = OwnBlob.bytesOf(value);
    return held && { kind: "blob", ...held };
  }
  if (tag !== "[object Response]") return undefined;
  const { Response: OwnResponse } = require("./fetch.ts") as typeof import("./fetch.ts");
  if (!(value instanceof OwnResponse)) return undefined;
  const bytes = OwnResponse.bytesOf(value) ?? new Uint8Array(0);
  return { kind: "response", status: value.status, headers: [...value.headers], bytes };
}
