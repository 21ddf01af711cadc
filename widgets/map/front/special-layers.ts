import { HeatmapLayer } from "@deck.gl/aggregation-layers";
import type { Layer } from "@deck.gl/core";
import { ArcLayer, ColumnLayer } from "@deck.gl/layers";
import { channels } from "../css-colour.ts";
import { rampOf } from "../palette.ts";
import { elevationOf } from "../elevation.ts";
import { featureTimes } from "../feature-times.ts";
import type { FeatureLook } from "./feature-layers.ts";
import { clippedTo } from "./tile-clip.ts";
import { timeProps, windowOf } from "./time-filter.ts";

type Special = "arc" | "heatmap" | "column";

/** Features drawn as arcs from the first to the last place of each line, as a heat map, or as columns. */
export function specialLayer(type: Special, look: FeatureLook): Layer {
  return { arc: arcLayer, heatmap: heatmapLayer, column: columnLayer }[type](look);
}

function arcLayer(look: FeatureLook): Layer {
  const { id, table, style, colours, opacity, visible, pickable, version, time, parameters } = look;
  const { positions, starts, ids } = table.lines;
  const at = (i: number): [number, number] => [positions[2 * i]!, positions[2 * i + 1]!];
  const data = Array.from(ids, (feature, i) => ({ feature, from: at(starts[i]!), to: at(starts[i + 1]! - 1) }));
  return new ArcLayer<(typeof data)[number]>({
    id: `${id}-lines`,
    data,
    getSourcePosition: ({ from }) => from,
    getTargetPosition: ({ to }) => to,
    getSourceColor: ({ feature }) => colours.colourOf(feature),
    getTargetColor: ({ feature }) => colours.colourOf(feature),
    getWidth: style.width ?? 1.8,
    opacity,
    visible,
    pickable,
    ...timeProps<(typeof data)[number]>(table, time, ({ feature }) => feature),
    ...(parameters && { parameters }),
    updateTriggers: { getSourceColor: version, getTargetColor: version, getWidth: style.width },
  });
}

function heatmapLayer({ id, table, style, opacity, visible, version, time, parameters }: FeatureLook): Layer {
  const { positions, ids } = table.points;
  const weights = style.weight === undefined ? undefined : table.numbers(style.weight);
  const ramp = rampOf(style.palette ?? "inferno");
  const times = time?.spec.field === undefined ? undefined : featureTimes(table, time.spec.field);
  const [from, to] = windowOf(time) ?? [-Infinity, Infinity];
  const data = Array.from(ids, (feature, i) => ({
    feature,
    at: [positions[2 * i]!, positions[2 * i + 1]!] as [number, number],
  })).filter(({ feature }) => !times || (times[feature]! >= from && times[feature]! <= to));
  return new HeatmapLayer<(typeof data)[number]>({
    id: `${id}-heat`,
    data,
    getPosition: ({ at }) => at,
    getWeight: ({ feature }) => {
      const weight = weights ? weights[feature]! : 1;
      return Number.isFinite(weight) ? weight : 0;
    },
    radiusPixels: typeof style.radius === "number" ? style.radius : 30,
    colorRange: Array.from({ length: 6 }, (_, i) => channels(ramp((i + 1) / 6))),
    opacity,
    visible,
    pickable: false,
    ...(parameters && { parameters }),
    updateTriggers: { getWeight: version },
  });
}

function columnLayer(look: FeatureLook): Layer {
  const { id, table, style, colours, opacity, visible, pickable, version, time, parameters } = look;
  const { positions, ids } = table.points;
  const elevation = elevationOf(style, table);
  const data = Array.from(ids, (feature, i) => ({
    feature,
    at: [positions[2 * i]!, positions[2 * i + 1]!] as [number, number],
  }));
  return new ColumnLayer<(typeof data)[number]>({
    id: `${id}-points`,
    data,
    getPosition: ({ at }) => at,
    getFillColor: ({ feature }) => colours.colourOf(feature),
    getElevation: ({ feature }) => elevation(feature),
    elevationScale: style.elevationScale ?? 1,
    extruded: true,
    radius: typeof style.radius === "number" ? style.radius : 4,
    radiusUnits: "pixels",
    diskResolution: 12,
    opacity,
    visible,
    pickable,
    ...clippedTo(
      look.clip,
      timeProps<(typeof data)[number]>(table, time, ({ feature }) => feature),
    ),
    ...(parameters && { parameters }),
    updateTriggers: { getFillColor: version, getElevation: version },
  });
}
