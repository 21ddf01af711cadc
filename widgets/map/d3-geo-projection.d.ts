declare module "d3-geo-projection" {
  import type { GeoProjection } from "d3-geo";
  import type { Geometry } from "geojson";

  /** A geometry through a projection and its clipping, as planar coordinates. */
  export function geoProject(geometry: Geometry, projection: GeoProjection): Geometry;
}
