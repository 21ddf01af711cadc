import type { HostLink } from "./host-link.ts";

const atOnce = 4096;

/** The part of Web Crypto that needs no key: https://w3c.github.io/webcrypto/#Crypto-interface */
export function makeCrypto(host: HostLink) {
  let pool = new Uint8Array(0);
  const take = (count: number) => {
    if (count > pool.length) pool = new Uint8Array(host.random(Math.max(atOnce, count)));
    const taken = pool.subarray(0, count);
    pool = pool.subarray(count);
    return taken;
  };
  return {
    getRandomValues<T extends ArrayBufferView>(target: T): T {
      if (!ArrayBuffer.isView(target)) throw new TypeError("getRandomValues fills an integer typed array.");
      if (target.byteLength > 65_536) throw new RangeError("getRandomValues fills at most 65536 bytes.");
      new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(take(target.byteLength));
      return target;
    },
    randomUUID(): string {
      const bytes = take(16).slice();
      bytes[6] = (bytes[6]! & 0x0f) | 0x40;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
  };
}
