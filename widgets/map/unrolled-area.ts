import type { Position } from "geojson";
import { edgeLatitude } from "./mercator.ts";

/** A step as long as the world: two ends of one place on the antimeridian, or an edge all around. */
const whole = 359.9;
/**
 * A longer step goes over the antimeridian: what is meant is then the narrower of the two areas by far. Shorter ones are
 * as RFC 7946 has them, the way that does not cross it: a box may be wide.
 */
const crossing = 270;
/** Nearer to the equator a ring all around is a band; farther it is the cap of a pole. */
const leastCap = 60;

/**
 * An area as it can be drawn on a plane: its ring goes on beyond 180° instead of back around the world, its holes lie
 * beside it, and a ring around a pole is led along the map's edge. Latitudes end where web Mercator does.
 * @param rings the outer one first, as in RFC 7946
 */
export function unrolledArea(rings: Position[][]): Position[][] {
  const all = rings.map(unrolled);
  const around = all.filter(isAround);
  // Two rings around the globe are the two edges of one belt: Natural Earth has Antarctica so, with the pole as an edge.
  const first = nearGreenwich(around.length === 2 ? belt(around[0]!, around[1]!) : closedAtPole(all[0]!));
  const holes = around.length === 2 ? all.filter((ring) => !isAround(ring)) : all.slice(1);
  const middle = middleOf(first);
  const beside = holes.map((hole) => turned(hole, Math.round((middle - middleOf(hole)) / 360)));
  return [first, ...beside].map((ring) =>
    ring.map(([x, y]) => [x!, Math.max(-edgeLatitude, Math.min(edgeLatitude, y!))]),
  );
}

/** The same, turned so that its middle is on the map from -180° to 180°. */
function nearGreenwich(ring: Position[]): Position[] {
  return turned(ring, -Math.round(middleOf(ring) / 360));
}

function turned(ring: Position[], turns: number): Position[] {
  return turns === 0 ? ring : ring.map(([x, y]) => [x! + 360 * turns, y!]);
}

function isAround(ring: Position[]): boolean {
  return Math.abs(ring.at(-1)![0]! - ring[0]![0]!) > 180;
}

/** One edge forth and the other back, both over the same longitudes. */
function belt(one: Position[], other: Position[]): Position[] {
  const goesEast = (ring: Position[]) => ring.at(-1)![0]! > ring[0]![0]!;
  const back = goesEast(one) === goesEast(other) ? other.toReversed() : other;
  const turns = Math.round((one.at(-1)![0]! - back[0]![0]!) / 360);
  return [...one, ...turned(back, turns), one[0]!];
}

/** Whether an area is not on the plane what it is on the globe. */
export function goesAround(rings: Position[][]): boolean {
  return rings.some((ring) => ring.some(([x], i) => i > 0 && Math.abs(x! - ring[i - 1]![0]!) > crossing));
}

/** A step over the antimeridian is the shorter way around; one of a whole turn is none where that leaves an area. */
function unrolled(ring: Position[]): Position[] {
  const round = withTurns(ring, Infinity);
  const isLine = widthOf(round) < 1e-6;
  const turns = round.at(-1)![0]! - round[0]![0]!;
  const isBand = Math.abs(turns) > 180 && wholeSteps(ring).some((latitude) => Math.abs(latitude) < leastCap);
  return isLine || isBand ? withTurns(ring, whole) : round;
}

function withTurns(ring: Position[], longest: number): Position[] {
  let turn = 0;
  return ring.map((at, i) => {
    const step = i === 0 ? 0 : at[0]! - ring[i - 1]![0]!;
    if (Math.abs(step) > crossing && Math.abs(step) < longest) turn -= 360 * Math.sign(step);
    return [at[0]! + turn, at[1]!];
  });
}

function wholeSteps(ring: Position[]): number[] {
  return ring.flatMap(([x, y], i) => (i > 0 && Math.abs(x! - ring[i - 1]![0]!) >= whole ? [y!] : []));
}

/** A ring that does not come back to where it began goes around a pole: the nearer one, by its mean latitude. */
function closedAtPole(ring: Position[]): Position[] {
  if (!isAround(ring)) return ring;
  const [first, last] = [ring[0]!, ring.at(-1)!];
  const pole = ring.reduce((sum, [, y]) => sum + y!, 0) < 0 ? -edgeLatitude : edgeLatitude;
  return [...ring, [last[0]!, pole], [first[0]!, pole], first];
}

function middleOf(ring: Position[]): number {
  const [least, greatest] = endsOf(ring);
  return (least + greatest) / 2;
}

function widthOf(ring: Position[]): number {
  const [least, greatest] = endsOf(ring);
  return greatest - least;
}

function endsOf(ring: Position[]): [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const [x] of ring) {
    least = Math.min(least, x!);
    greatest = Math.max(greatest, x!);
  }
  return [least, greatest];
}
