import type { KeptBytes, KeptWidget } from "./kept-widgets.ts";
import type { Fields, MessageListener, Transport } from "./transport.ts";

/**
 * Answers a widget from what an exported page has of it, as its kernel would. A tile that the page does not have is
 * empty.
 */
export function keptTransport(kept: KeptWidget): Transport {
  const listeners = new Set<MessageListener>();
  const tell = (kind: string, fields: Fields, buffers: DataView[] = []): void => {
    for (const listener of listeners) listener(kind, fields, buffers);
  };
  const answerTile = async (fields: Fields): Promise<void> => {
    const { req, layer, z, x, y } = fields as { req: number; layer: string; z: number; x: number; y: number };
    const tile = kept.tiles[`${layer} ${z}/${x}/${y}`];
    const buffers = await Promise.all((tile?.bytes ?? []).map(unpacked));
    const ms = { queue: 0, run: 0, encode: 0 };
    const found = tile ? { status: tile.status, content: tile.content, error: tile.error } : { status: "empty" };
    tell("tiles", { tiles: [{ req, ms, ...found, buffers: buffers.length }] }, buffers);
  };
  const answerData = async (name: string): Promise<void> => {
    const entry = kept.data[name];
    if (!entry) return tell("error", { of: "data", message: "this page does not have the data" });
    const buffers = await Promise.all(entry.buffers.map(unpacked));
    tell("data", { data: name, content: entry.content, sizes: buffers.map(({ byteLength }) => byteLength) });
    tell("data.part", { data: name, places: buffers.map((_, buffer) => ({ buffer, offset: 0 })) }, buffers);
  };
  return {
    front: "page",
    state: "live",
    send(kind, fields = {}) {
      if (kind === "tile") void answerTile(fields);
      if (kind === "data") void answerData(String(fields["data"]));
      if (kind === "trace") tell("trace", { id: fields["id"], text: "The page was exported without the traceback." });
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onState: () => () => {},
    close() {},
  };
}

async function unpacked(text: KeptBytes): Promise<DataView> {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new DataView(await new Response(stream).arrayBuffer());
}
