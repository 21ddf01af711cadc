import type { Layer } from "@deck.gl/core";
import { PathLayer, ScatterplotLayer, SolidPolygonLayer } from "@deck.gl/layers";
import { featureColours } from "../colour-table.ts";
import type { FeatureColours, Rgba } from "../colour-table.ts";
import type { FeatureTable } from "../decode-features.ts";
import { elevationOf } from "../elevation.ts";
import { colourRule } from "../colour-rules.ts";
import type { LayerStyle } from "../map-spec.ts";
import type { Bounds } from "../mercator.ts";
import { clippedTo } from "./tile-clip.ts";
import { filterProps, sharesOf, timeProps } from "./time-filter.ts";
import type { TimeFilter } from "./time-filter.ts";

/** Features with what they look like now. */
export interface FeatureLook {
  id: string;
  table: FeatureTable;
  style: LayerStyle;
  opacity: number;
  visible: boolean;
  pickable: boolean;
  colours: FeatureColours;
  /** Number of features on the whole map, which the size of points goes by. */
  total: number;
  /** Changes with the style: a new one draws colours anew. */
  version: string;
  time?: TimeFilter;
  parameters?: Record<string, unknown>;
  /** Box of the tile that the features are drawn in. */
  clip?: Bounds;
}

/** The colours of a table under a style, from its rules where it has some. */
export function coloursOf(
  table: FeatureTable,
  style: LayerStyle,
  domain?: [number, number],
  labels?: string[],
): FeatureColours {
  if (style.fillColor === undefined) return featureColours(table, style, domain, labels);
  const rule = colourRule(style.fillColor, table);
  return { colourOf: rule.colourOf, legend: rule.legend };
}

/** Areas, then lines, then points, so that nothing small hides under something large. */
export function featureLayers(look: FeatureLook): Layer[] {
  const { table } = look;
  const layers: Layer[] = [];
  if (table.areas.ids.length > 0) layers.push(...areaLayers(look));
  if (table.lines.ids.length > 0) layers.push(lineLayer(look));
  if (table.points.ids.length > 0) layers.push(pointLayer(look));
  return layers;
}

/** Dots get smaller as they get more. */
export function radiusFor(count: number): number {
  return count < 60 ? 5 : count < 600 ? 4 : count < 6_000 ? 2.8 : count < 60_000 ? 1.8 : 1.1;
}

/** Which feature a picked object of these layers is. */
export function featureOf(table: FeatureTable, layerId: string, index: number): number | undefined {
  if (layerId.endsWith("-points")) return table.points.ids[index];
  if (layerId.endsWith("-lines")) return table.lines.ids[index];
  if (layerId.endsWith("-areas")) return table.areas.ids[index];
  if (layerId.endsWith("-outlines")) return undefined;
  return undefined;
}

interface PointData {
  version: string;
  data: { length: number; attributes: Record<string, { value: ArrayLike<number>; size: number }> };
}

const pointData = new WeakMap<FeatureTable, PointData>();

/** Arrays as the graphics card takes them; the same object as long as nothing in them changes. */
function pointArrays({ table, style, colours, version, time }: FeatureLook): PointData["data"] {
  const by = typeof style.radius === "string" ? table.numbers(style.radius) : undefined;
  const key = `${version} ${by ? String(style.radius) : ""} ${time?.spec.field ?? ""}`;
  const known = pointData.get(table);
  if (known?.version === key) return known.data;
  const { positions, ids } = table.points;
  const colour = new Uint8Array(4 * ids.length);
  for (let i = 0; i < ids.length; i++) colour.set(colours.colourOf(ids[i]!), 4 * i);
  const times = sharesOf(table, time);
  const data = {
    length: ids.length,
    attributes: {
      getPosition: { value: positions, size: 2 },
      getFillColor: { value: colour, size: 4 },
      ...(by && { getRadius: { value: Float32Array.from(ids, (each) => by[each]!), size: 1 } }),
      ...(times && { getFilterValue: { value: Float32Array.from(ids, (each) => times[each]!), size: 1 } }),
    },
  };
  pointData.set(table, { version: key, data });
  return data;
}

function pointLayer(look: FeatureLook): Layer {
  const { id, table, style, opacity, visible, pickable, total, time, parameters } = look;
  const data = pointArrays(look);
  const radius = typeof style.radius === "number" ? style.radius : radiusFor(total);
  const isRimmed = (style.stroked ?? radius > 2.5) && total < 20_000;
  return new ScatterplotLayer({
    id: `${id}-points`,
    data: data as never,
    radiusUnits: "getRadius" in data.attributes ? "meters" : "pixels",
    radiusMinPixels: 0.5,
    getRadius: radius,
    filled: style.filled ?? true,
    stroked: isRimmed,
    getLineColor: [255, 255, 255, 230],
    getLineWidth: radius > 3.5 ? 1 : 0.6,
    lineWidthUnits: "pixels",
    opacity,
    visible,
    pickable,
    ...clippedTo(look.clip, { ...(sharesOf(table, time) && filterProps(time!)) }),
    ...(parameters && { parameters }),
    updateTriggers: { getRadius: radius },
  });
}

interface Line {
  positions: Float64Array;
  id: number;
}

const linesOf = new WeakMap<FeatureTable, Line[]>();

function lineLayer(look: FeatureLook): Layer {
  const { id, table, style, colours, opacity, visible, pickable, version, time, parameters } = look;
  let data = linesOf.get(table);
  if (!data) {
    const { positions, starts, ids } = table.lines;
    data = Array.from(ids, (feature, i) => ({
      positions: positions.subarray(2 * starts[i]!, 2 * starts[i + 1]!),
      id: feature,
    }));
    linesOf.set(table, data);
  }
  return new PathLayer<Line>({
    id: `${id}-lines`,
    data,
    getPath: ({ positions }) => positions as never,
    positionFormat: "XY",
    _pathType: "open",
    getColor: ({ id: feature }) => colours.colourOf(feature),
    getWidth: style.width ?? 1.8,
    widthUnits: "pixels",
    widthMinPixels: 0.5,
    capRounded: true,
    jointRounded: true,
    opacity,
    visible,
    pickable,
    ...clippedTo(
      look.clip,
      timeProps<Line>(table, time, (line) => line.id),
    ),
    ...(parameters && { parameters }),
    updateTriggers: { getColor: version, getWidth: style.width },
  });
}

interface Area {
  polygon: { positions: Float64Array; holeIndices: number[] };
  rings: Float64Array[];
  id: number;
}

const areasOf = new WeakMap<FeatureTable, Area[]>();

function readAreas({ areas: { positions, ringStarts, starts, ids } }: FeatureTable): Area[] {
  return Array.from(ids, (id, i) => {
    const [first, last] = [starts[i]!, starts[i + 1]!];
    const begin = 2 * ringStarts[first]!;
    const rings: Float64Array[] = [];
    const holeIndices: number[] = [];
    for (let ring = first; ring < last; ring++) {
      rings.push(positions.subarray(2 * ringStarts[ring]!, 2 * ringStarts[ring + 1]!));
      if (ring > first) holeIndices.push(2 * ringStarts[ring]! - begin);
    }
    return { polygon: { positions: positions.subarray(begin, 2 * ringStarts[last]!), holeIndices }, rings, id };
  });
}

function areaLayers(look: FeatureLook): Layer[] {
  const { id, table, style, colours, opacity, visible, pickable, version, time, parameters } = look;
  let areas = areasOf.get(table);
  if (!areas) areasOf.set(table, (areas = readAreas(table)));
  const isFilled = style.filled ?? true;
  const isPlain = colours.legend === undefined;
  const fade = (colour: Rgba, by: number): Rgba => [colour[0], colour[1], colour[2], Math.round(colour[3] * by)];
  const fillShare = isPlain ? 0.45 : 0.8;
  const elevation = style.extruded ? elevationOf(style, table) : undefined;
  const layers: Layer[] = [];
  if (isFilled) {
    layers.push(
      new SolidPolygonLayer<Area>({
        id: `${id}-areas`,
        data: areas,
        getPolygon: ({ polygon }) => polygon as never,
        positionFormat: "XY",
        _normalize: elevation !== undefined,
        getFillColor: ({ id: feature }) => fade(colours.colourOf(feature), elevation ? 1 : fillShare),
        extruded: elevation !== undefined,
        ...(elevation && { getElevation: ({ id: feature }: Area) => elevation(feature) }),
        elevationScale: style.elevationScale ?? 1,
        opacity,
        visible,
        pickable,
        ...clippedTo(
          look.clip,
          timeProps<Area>(table, time, (area) => area.id),
        ),
        ...(parameters && { parameters }),
        updateTriggers: { getFillColor: version, getElevation: version },
      }),
    );
  }
  const isOutlined = style.stroked ?? (!table.isCut || style.lineColor !== undefined || !isFilled);
  if (elevation || !isOutlined) return layers;
  const outlines = areas.flatMap(({ rings, id: feature }) => rings.map((positions) => ({ positions, id: feature })));
  const lineRule = style.lineColor === undefined ? undefined : colourRule(style.lineColor, table);
  layers.push(
    new PathLayer<Line>({
      id: `${id}-${isFilled ? "outlines" : "areas"}`,
      data: outlines,
      getPath: ({ positions }) => positions as never,
      positionFormat: "XY",
      _pathType: "loop",
      getColor: ({ id: feature }) => lineRule?.colourOf(feature) ?? fade(colours.colourOf(feature), 0.95),
      getWidth: style.width ?? 0.8,
      widthUnits: "pixels",
      opacity,
      visible,
      pickable: false,
      ...clippedTo(
        look.clip,
        timeProps<Line>(table, time, (line) => line.id),
      ),
      ...(parameters && { parameters }),
      updateTriggers: { getColor: version },
    }),
  );
  return layers;
}
