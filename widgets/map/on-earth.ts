import { grouped } from "../html.ts";
import { eachPosition } from "../geo/geojson.ts";
import type { FeatureSet } from "./features.ts";

/** Longitudes may go once around, as those of shapes over the antimeridian do. */
const farthest = { longitude: 360, latitude: 90.000001 };

/**
 * The features whose coordinates can be longitude and latitude in degrees, and a note about those that are left out:
 * projected ones, and latitudes in the place of longitudes.
 */
export function onEarth(features: FeatureSet, indexes: number[]): { indexes: number[]; note?: string } {
  let wrong: [longitude: number, latitude: number] | undefined;
  const kept = indexes.filter((index) => {
    const geometry = features.geometry(index);
    let isOn = true;
    if (geometry) {
      eachPosition(geometry, ([longitude, latitude]) => {
        if (Math.abs(longitude!) <= farthest.longitude && Math.abs(latitude!) <= farthest.latitude) return;
        wrong ??= [longitude!, latitude!];
        isOn = false;
      });
    }
    return isOn;
  });
  return wrong ? { indexes: kept, note: noteOf(indexes.length - kept.length, indexes.length, wrong) } : { indexes };
}

function noteOf(left: number, all: number, [longitude, latitude]: [number, number]): string {
  const isSwapped = Math.abs(longitude) <= 90 && Math.abs(latitude) <= 360;
  const remedy = isSwapped
    ? "longitude comes first, then latitude"
    : "convert them to longitude and latitude (EPSG:4326) first";
  const which = all === 1 ? "The feature is" : `${grouped(left)} of ${grouped(all)} features are`;
  return (
    `${which} not drawn: longitude ${short(longitude)}, latitude ${short(latitude)} is no place on Earth; ` +
    `${remedy}.`
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(8)));
}
