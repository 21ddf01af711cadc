import type { Calls } from "./calls.ts";

/** The part of https://w3c.github.io/webcrypto/#subtlecrypto-interface that needs no keys; the host does the work. */
export function makeSubtle(calls: Calls): object {
  return {
    async digest(algorithm: string | { name: string }, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer> {
      const name = typeof algorithm === "string" ? algorithm : String(algorithm.name);
      const bytes = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
        : new Uint8Array(data).slice();
      const { data: digest } = await calls.call("digest", { algorithm: name }, [bytes]);
      return (digest as Uint8Array<ArrayBuffer>).slice().buffer;
    },
  };
}
