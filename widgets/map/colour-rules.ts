import * as chromatic from "d3-scale-chromatic";
import { rgba } from "./colour-table.ts";
import type { FeatureColours, Rgba } from "./colour-table.ts";
import type { FeatureTable } from "./decode-features.ts";
import { readExpression } from "./expression.ts";
import type { ColourRule } from "./map-spec.ts";
import { categoryColours, rampOf } from "./palette.ts";

const transparent: Rgba = [0, 0, 0, 0];

/**
 * Evaluates a colour rule of Fused's vizConfig (fused-spec.md 22.1, 22.3): a missing property is transparent or has
 * `nullColor`, channels are clamped, `steps` makes classes.
 * @throws RangeError for a palette that there is not, SyntaxError for an expression that cannot be read
 */
export function colourRule(rule: ColourRule, table: FeatureTable): FeatureColours {
  if (typeof rule === "string") {
    if (!rule.startsWith("@@=")) {
      const plain = rgba(rule);
      return { colourOf: () => plain };
    }
    const evaluate = readExpression(rule.slice(3));
    return { colourOf: (index) => toRgba(evaluate((name) => table.property(index, name))) };
  }
  if (Array.isArray(rule)) {
    const parts = rule.map((each: unknown) =>
      typeof each === "string" && each.startsWith("@@=") ? readExpression(each.slice(3)) : () => Number(each),
    );
    return { colourOf: (index) => toRgba(parts.map((each) => each((name) => table.property(index, name)))) };
  }
  if (rule.function === "hasProp") {
    const [present, absent] = [colourRule(rule.present, table), colourRule(rule.absent, table)];
    return {
      colourOf: (index) => (table.property(index, rule.property) === null ? absent : present).colourOf(index),
      legend: present.legend,
    };
  }
  const missing = rule.nullColor ? toRgba(rule.nullColor) : transparent;
  const { attr } = rule;
  if (rule.function === "colorCategories") return categories(rule, table, missing);
  const scale = rule.function === "colorBins" ? bins(rule) : continuous(rule);
  return {
    legend: {
      kind: "ramp",
      title: attr,
      ramp: (share) => css(scale.at(scale.from + share * (scale.to - scale.from))),
      domain: [scale.from, scale.to],
      isCut: [false, false],
    },
    colourOf(index) {
      const value = table.property(index, attr);
      return value === null || value === "" || !Number.isFinite(Number(value)) ? missing : scale.at(Number(value));
    },
  };
}

interface Scale {
  from: number;
  to: number;
  at(value: number): Rgba;
}

type Continuous = Extract<ColourRule, { function: "colorContinuous" }>;
type Categories = Extract<ColourRule, { function: "colorCategories" }>;
type Bins = Extract<ColourRule, { function: "colorBins" }>;

/** The domain may run backwards, and have stops in between; `steps` classes take the middle of each. */
function continuous({ domain, steps, colors }: Continuous): Scale {
  const [from, to] = [domain[0] ?? 0, domain.at(-1) ?? 1];
  const colour = paletteOf(colors);
  const classes = steps !== undefined && steps > 1 ? Math.round(steps) : 0;
  return {
    from,
    to,
    at(value) {
      const share = Math.max(0, Math.min(1, shareOf(value, domain)));
      return colour(classes ? Math.min(classes - 1, Math.floor(share * classes)) / (classes - 1) : share);
    },
  };
}

/** Where a value lies among the stops of a domain, from 0 to 1. */
function shareOf(value: number, domain: number[]): number {
  const last = domain.length - 1;
  if (last < 1) return 0;
  const rises = domain[last]! >= domain[0]!;
  const isPast = (stop: number) => (rises ? value >= stop : value <= stop);
  let i = 0;
  while (i < last - 1 && isPast(domain[i + 1]!)) i++;
  const [a, b] = [domain[i]!, domain[i + 1]!];
  return (i + (a === b ? 0 : (value - a) / (b - a))) / last;
}

/** Classes between the stops of the domain, and one on either side. */
function bins({ domain, colors }: Bins): Scale {
  const colour = paletteOf(colors);
  return {
    from: domain[0] ?? 0,
    to: domain.at(-1) ?? 1,
    at(value) {
      const bin = domain.filter((stop) => value >= stop).length;
      return colour(domain.length === 0 ? 0 : bin / domain.length);
    },
  };
}

function categories({ attr, domain, colors }: Categories, table: FeatureTable, missing: Rgba): FeatureColours {
  const labels = domain.map(String);
  const list = Array.isArray(colors) ? colors.map(toRgba) : undefined;
  const named = typeof colors === "string" ? schemeOf(colors, labels.length) : undefined;
  const known = new Map(
    labels.map((label, i): [string, Rgba] => {
      const of = list?.length
        ? list[i % list.length]!
        : rgba((named ?? categoryColours)[i % (named ?? categoryColours).length]!);
      return [label, of];
    }),
  );
  const next = (label: string): Rgba => {
    // A category that the domain does not name takes the palette's next colour.
    const i = known.size;
    const of = list?.length
      ? list[i % list.length]!
      : rgba((named ?? categoryColours)[i % (named ?? categoryColours).length]!);
    known.set(label, of);
    return of;
  };
  return {
    legend: {
      kind: "categories",
      title: attr,
      entries: labels.slice(0, 12).map((label) => [label, css(known.get(label)!)]),
    },
    colourOf(index) {
      const value = table.property(index, attr);
      if (value === null) return missing;
      return known.get(String(value)) ?? next(String(value));
    },
  };
}

/** CARTO's palettes by the nearest of d3's; those that the public UDFs name (fused-spec.md 22.1). */
const cartoNames: Record<string, string> = {
  tealgrn: "YlGnBu",
  teal: "GnBu",
  oryel: "YlOrRd_r",
  purpor: "PuRd",
  burgyl: "YlOrRd",
  magenta: "RdPu",
  sunset: "Plasma",
  sunsetdark: "Inferno",
  bluyl: "YlGnBu_r",
  emrld: "BuGn",
  mint: "Greens",
  darkmint: "BuGn",
  peach: "Oranges",
  pinkyl: "OrRd",
  brwnyl: "YlOrBr",
  redor: "Reds",
  purp: "Purples",
  agsunset: "Plasma",
  temps: "RdYlBu_r",
  geyser: "BrBG_r",
  tropic: "PiYG",
  fall: "BrBG",
  armyrose: "PiYG_r",
  earth: "BrBG",
  tropicbold: "Turbo",
};

function paletteOf(colors: string | number[][] | undefined): (share: number) => Rgba {
  if (Array.isArray(colors) && colors.length > 0) {
    const stops = colors.map(toRgba);
    return (share) => between(stops, share);
  }
  const name = typeof colors === "string" ? colors : "Viridis";
  const ramp = rampOf(cartoNames[name.toLowerCase()] ?? name);
  return (share) => rgba(ramp(share));
}

function schemeOf(name: string, count: number): readonly string[] {
  const scheme = (chromatic as unknown as Record<string, unknown>)[`scheme${name}`];
  if (Array.isArray(scheme) && typeof scheme[0] === "string") return scheme as string[];
  if (/^(bold|pastel|antique|vivid|safe|prism)$/i.test(name)) return categoryColours;
  const colour = paletteOf(name);
  return Array.from({ length: Math.max(2, count) }, (_, i) => css(colour(i / Math.max(1, count - 1))));
}

function between(stops: Rgba[], share: number): Rgba {
  const place = share * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(place));
  if (i < 0) return stops[0]!;
  const [a, b] = [stops[i]!, stops[i + 1]!];
  return a.map((channel, at) => Math.round(channel + (b[at]! - channel) * (place - i))) as Rgba;
}

function toRgba(value: unknown): Rgba {
  if (typeof value === "string") return rgba(value);
  if (!Array.isArray(value) || value.length < 3 || value.some((each) => !Number.isFinite(Number(each))))
    return transparent;
  const [red, green, blue, alpha = 255] = value.map((each) => Math.max(0, Math.min(255, Math.round(Number(each)))));
  return [red!, green!, blue!, alpha!];
}

function css([red, green, blue]: Rgba): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
