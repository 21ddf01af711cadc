import type { PMTiles } from "pmtiles";
import type { NetworkPermission } from "../../../engine/run-types.ts";
import { readBytes } from "./read-bytes.ts";

/** Opens a PMTiles file at an address or a path; only the ranges that a tile needs are read. */
export async function openPmtiles(address: string, network?: NetworkPermission): Promise<PMTiles> {
  const { PMTiles } = await import("pmtiles");
  return new PMTiles({
    getKey: () => address,
    async getBytes(offset, length, signal) {
      const bytes = await readBytes(address, { network, signal, range: [offset, length] });
      if (!bytes) throw new Error(`There is no ${address}.`);
      return { data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
    },
  });
}
