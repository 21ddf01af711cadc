import type { Transport } from "../../front/transport.ts";
import type { TileContent } from "../map-spec.ts";
import { readContent } from "./read-content.ts";
import type { DrawnContent } from "./read-content.ts";

interface Arriving {
  content: TileContent;
  buffers: Uint8Array<ArrayBuffer>[];
  missing: number;
}

export interface LayerData {
  /** Asks for data, unless it has been asked for. */
  want(name: string): void;
  close(): void;
}

/** Fetches the data of a map's layers from the kernel, once each. */
export function layerData(
  transport: Transport,
  arrived: (name: string, content: DrawnContent) => void,
  failed: (message: string) => void,
): LayerData {
  const asked = new Set<string>();
  const arriving = new Map<string, Arriving>();
  const finish = async (name: string, { content, buffers }: Arriving): Promise<void> => {
    arriving.delete(name);
    try {
      arrived(name, await readContent(content, buffers));
    } catch (error) {
      failed(`The data of a layer could not be read: ${(error as Error).message}`);
    }
  };
  const unhear = transport.onMessage((kind, fields, buffers) => {
    const name = String(fields["data"]);
    if (kind === "error" && fields["of"] === "data") failed(String(fields["message"]));
    if (kind === "data") {
      const sizes = fields["sizes"] as number[];
      const state: Arriving = {
        content: fields["content"] as TileContent,
        buffers: sizes.map((size) => new Uint8Array(size)),
        missing: sizes.reduce((sum, size) => sum + size, 0),
      };
      arriving.set(name, state);
      if (state.missing === 0) void finish(name, state);
    }
    const state = kind === "data.part" ? arriving.get(name) : undefined;
    if (!state) return;
    for (const [i, { buffer, offset }] of (fields["places"] as { buffer: number; offset: number }[]).entries()) {
      const view = buffers[i]!;
      state.buffers[buffer]!.set(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength), offset);
      state.missing -= view.byteLength;
    }
    if (state.missing === 0) void finish(name, state);
  });
  return {
    want(name) {
      if (asked.has(name) || transport.state !== "live") return;
      asked.add(name);
      transport.send("data", { data: name });
    },
    close: unhear,
  };
}
