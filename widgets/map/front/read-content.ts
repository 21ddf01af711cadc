import { decodeFeatures } from "../decode-features.ts";
import type { FeatureTable } from "../decode-features.ts";
import type { NumbersContent, TileContent } from "../map-spec.ts";
import type { Bounds } from "../mercator.ts";
import { numberArrays } from "../numbers.ts";
import type { Numbers } from "../numbers.ts";

/** Content as it is drawn: pictures decoded, numbers in place. */
export type DrawnContent =
  | { media: "image"; image: ImageBitmap; bounds?: Bounds }
  | { media: "numbers"; head: NumbersContent; data: Numbers; bounds?: Bounds }
  | { media: "features"; table: FeatureTable }
  /** Of a layer of deck.gl's JSON. */
  | { media: "json"; data: unknown; props: Record<string, unknown> }
  | { media: "text"; text: string };

/** @throws Error where a picture cannot be decoded */
export async function readContent(content: TileContent, buffers: Uint8Array<ArrayBuffer>[]): Promise<DrawnContent> {
  switch (content.media) {
    case "image": {
      const image = await createImageBitmap(new Blob([buffers[0]!], { type: content.mime }));
      return { media: "image", image, bounds: content.bounds };
    }
    case "numbers": {
      const { buffer, byteOffset, byteLength } = settled(buffers[0]!);
      const type = numberArrays[content.dtype];
      const data = new type(buffer, byteOffset, byteLength / type.BYTES_PER_ELEMENT);
      return { media: "numbers", head: content, data, bounds: content.bounds };
    }
    case "features":
      return { media: "features", table: decodeFeatures(content.features, buffers.map(settled)) };
    case "json": {
      const { data, props } = JSON.parse(new TextDecoder().decode(buffers[0]!)) as Extract<
        DrawnContent,
        { media: "json" }
      >;
      return { media: "json", data, props };
    }
    case "text":
      return content;
  }
}

/** Bytes at a place where numbers of any size may lie: messages put them anywhere. */
function settled(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
