import { gridDisk, latLngToCell } from "h3-js";

/** What the displays stand on; shows nothing. */
export const setup = `%%udf slope
function slope(bounds: fused.types.Bounds) {
  const [west, , east] = bounds;
  const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => 40 + ((west + ((east - west) * (i % 64)) / 64 + 60) / 120) * 180);
  return { data, width: 64, height: 64 };
}`;

const hexagons = gridDisk(latLngToCell(50, 10, 3), 4).map((hex, n) => ({ hex, n }));

/** One display a cell. */
export const displays: Record<string, string> = {
  points: `fused.map(
  Array.from({ length: 80 }, (_, i) => ({
    type: "Feature", geometry: { type: "Point", coordinates: [-20 + ((i * 37) % 61), 35 + ((i * 17) % 31)] }, properties: { n: i },
  })),
)`,
  polygons: `fused.map(
  Array.from({ length: 12 }, (_, i) => {
    const [west, south] = [(i % 4) * 10, 30 + 8 * Math.floor(i / 4)];
    const ring = [[west, south], [west + 8, south], [west + 8, south + 6], [west, south + 6], [west, south]];
    return { type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: { n: i } };
  }),
)`,
  raster: `const waves = Float32Array.from({ length: 60 * 40 }, (_, i) => Math.sin((i % 60) / 8) + Math.cos(i / 60 / 6));
fused.map({ data: { data: waves, width: 60, height: 40 }, bounds: [-10, 35, 30, 60], palette: "magma" })`,
  tiles: "fused.map({ data: slope }, { bounds: [-60, -40, 60, 60] })",
  hexagons: `fused.map(${JSON.stringify(hexagons)})`,
  table: `[{ town: "Oslo", people: 709000 }, { town: "Bergen", people: 291000 }, { town: "Trondheim", people: 212000 }]`,
  million: `await fused.sql("SELECT range::INTEGER AS id, (range * 37 % 1000)::DOUBLE AS depth, 'row ' || range AS name FROM range(1000000)")`,
  plot: `import * as Plot from "@observablehq/plot";
Plot.plot({ width: 600, height: 240, marks: [Plot.lineY(Array.from({ length: 60 }, (_, i) => Math.sin(i / 6)), { stroke: "steelblue", strokeWidth: 3 })] })`,
  vega: `({ $schema: "https://vega.github.io/schema/vega-lite/v5.json", width: 480, height: 200, mark: "bar",
  data: { values: [4, 7, 2, 9, 5].map((b, i) => ({ a: "ABCDE"[i], b })) },
  encoding: { x: { field: "a", type: "nominal" }, y: { field: "b", type: "quantitative" } } })`,
  controls: `fused.controls.slider(0, 10, { value: 3, label: "size" })`,
  image: `({ data: Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i % 3 === 0 ? (i / 3) % 96 * 2 : i % 3 === 1 ? Math.floor(i / 288) * 4 : 90)), width: 96, height: 64, bands: 3 })`,
};
