import { createRequire } from "node:module";

/** Turns degrees into the units of a reference system and back. */
export interface Projection {
  forward(longitude: number, latitude: number): [x: number, y: number];
  inverse(x: number, y: number): [longitude: number, latitude: number];
}

const grs80 = "+ellps=GRS80 +towgs84=0,0,0 +units=m +no_defs";
const wgs84 = "+datum=WGS84 +units=m +no_defs";
const nad83 = "+datum=NAD83 +units=m +no_defs";
const swiss =
  "+lat_0=46.9524055555556 +lon_0=7.43958333333333 +k_0=1 +ellps=bessel +towgs84=674.374,15.056,405.346 +units=m";

/** Systems that rasters often come in (https://epsg.io); UTM zones are made by number. */
const definitions: Record<number, string> = {
  2056: `+proj=somerc ${swiss} +x_0=2600000 +y_0=1200000`,
  21781: `+proj=somerc ${swiss} +x_0=600000 +y_0=200000`,
  2154: `+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 ${grs80}`,
  2193: `+proj=tmerc +lat_0=0 +lon_0=173 +k=0.9996 +x_0=1600000 +y_0=10000000 ${grs80}`,
  3006: `+proj=utm +zone=33 ${grs80}`,
  3031: `+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +x_0=0 +y_0=0 ${wgs84}`,
  3034: `+proj=lcc +lat_0=52 +lon_0=10 +lat_1=35 +lat_2=65 +x_0=4000000 +y_0=2800000 ${grs80}`,
  3035: `+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 ${grs80}`,
  3067: `+proj=utm +zone=35 ${grs80}`,
  3395: `+proj=merc +lon_0=0 +k=1 +x_0=0 +y_0=0 ${wgs84}`,
  3413: `+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +x_0=0 +y_0=0 ${wgs84}`,
  3577: `+proj=aea +lat_0=0 +lon_0=132 +lat_1=-18 +lat_2=-36 +x_0=0 +y_0=0 ${grs80}`,
  3978: `+proj=lcc +lat_0=49 +lon_0=-95 +lat_1=49 +lat_2=77 +x_0=0 +y_0=0 ${nad83}`,
  5070: `+proj=aea +lat_0=23 +lon_0=-96 +lat_1=29.5 +lat_2=45.5 +x_0=0 +y_0=0 ${nad83}`,
  6933: `+proj=cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0 ${wgs84}`,
  27700:
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy " +
    "+towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m",
  28992:
    "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel " +
    "+towgs84=565.4171,50.3319,465.5524,-0.398957,0.343988,-1.8774,4.0725 +units=m",
};

/** UTM zones by the first code of each family: WGS 84 north and south, ETRS89, NAD83, GDA94 and GDA2020. */
const utmFamilies = [
  { first: 32601, zone: 1, last: 32660, more: wgs84 },
  { first: 32701, zone: 1, last: 32760, more: `+south ${wgs84}` },
  { first: 25828, zone: 28, last: 25838, more: grs80 },
  { first: 26901, zone: 1, last: 26923, more: nad83 },
  { first: 28348, zone: 48, last: 28358, more: `+south ${grs80}` },
  { first: 7846, zone: 46, last: 7859, more: `+south ${grs80}` },
];

/** What is supported, in words, for errors. */
export const knownSystems =
  "EPSG:4326, EPSG:3857, the UTM zones of WGS 84, ETRS89, NAD83 and GDA, and EPSG:" +
  Object.keys(definitions).join(", ");

type Proj4 = (from: string, to: string) => { forward(at: number[]): number[]; inverse(at: number[]): number[] };
let library: Proj4 | undefined;
const made = new Map<string, Projection>();

/** The projection of a system, `EPSG:32632`; undefined where it is none that is known here. */
export function projectionOf(crs: string): Projection | undefined {
  const known = made.get(crs);
  if (known) return known;
  const code = Number(/EPSG:{1,2}(?:[\d.]*:)?(\d+)$/i.exec(crs)?.[1]);
  const utm = utmFamilies.find(({ first, last }) => code >= first && code <= last);
  const definition = utm ? `+proj=utm +zone=${utm.zone + code - utm.first} ${utm.more}` : definitions[code];
  if (definition === undefined) return undefined;
  library ??= createRequire(import.meta.url)("proj4") as Proj4;
  const { forward, inverse } = library("+proj=longlat +datum=WGS84 +no_defs", definition);
  const projection: Projection = {
    forward: (longitude, latitude) => forward([longitude, latitude]) as [number, number],
    inverse: (x, y) => inverse([x, y]) as [number, number],
  };
  made.set(crs, projection);
  return projection;
}
