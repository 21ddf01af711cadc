import type { Feature, Geometry } from "geojson";
import { decodeFeatures } from "../../widgets/map/decode-features.ts";
import { encodeFeatures } from "../../widgets/map/encode-features.ts";
import { featureSet } from "../../widgets/map/features.ts";

export const feature = (geometry: Geometry | null, properties: Record<string, unknown> = {}): Feature =>
  ({ type: "Feature", geometry, properties }) as Feature;

/** Features as they arrive on a page. */
export async function wire(features: Feature[]) {
  const { head, buffers } = encodeFeatures(await featureSet({ type: "FeatureCollection", features }));
  // As a front end hands them over: somewhere in a larger buffer.
  return {
    head,
    table: decodeFeatures(
      head,
      buffers.map((each) => new Uint8Array(each)),
    ),
  };
}
