import { FusedError, UdfParameterError } from "./errors.ts";
import { collectRuns } from "./job-pool-collect.ts";
import { asRaster, mosaicRasters } from "./results-raster.ts";
import { isCancelled } from "./run-error.ts";
import type { PreparedRun } from "./run-once.ts";
import { runOnce } from "./run-once.ts";
import { tileNames } from "./run-options.ts";
import type { RunResult } from "./run-result.ts";
import type { TileArgument, TileRuns } from "./tile-arguments.ts";
import { fillTileParameter, readTileArgument, takeTileArgument } from "./tile-arguments.ts";
import type { Tile } from "./tiles/index.ts";

/**
 * Runs a UDF for the place that its options or its parameters name (fused-spec.md 4.2). A UDF that takes one tile and is
 * given a larger area runs once for each tile that covers it; tables are joined and rasters laid side by side.
 * @throws UdfParameterError where the place is incomplete, named twice, or the UDF takes none
 */
export async function runPlaced(
  prepared: PreparedRun,
  given: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<RunResult> {
  const { frame, options } = prepared;
  const { name: udfName, parameters: schema } = frame;
  const place = findPlace(prepared, given);
  if (options.type === "tile" && !place.argument) {
    throw new UdfParameterError(`${udfName}: a tile run needs a tile: { x, y, z }, { lat, lng, z } or { bounds }.`, {
      udfName,
    });
  }
  if (!place.argument) return runOnce(prepared, place.parameters, signal);
  const runs = fillTileParameter(schema, place.argument, { zoom: place.zoom, udfName });
  const withTile = (value: unknown) => ({ ...place.parameters, [runs.parameter]: value });
  if (!runs.tiles) return runOnce(prepared, withTile(runs.values[0]), signal);
  return combine(await runTiles(prepared, runs, withTile, signal), runs.tiles);
}

interface Place {
  argument?: TileArgument;
  zoom?: number;
  parameters: Record<string, unknown>;
}

/** The place of the call, else that of the options, else that of the UDF's own defaults; and the other parameters. */
function findPlace({ frame, options, defaults }: PreparedRun, given: Record<string, unknown>): Place {
  const udfName = frame.name;
  const named = tileNames.filter((name) => options[name] !== undefined);
  const fromOptions = readTileArgument(Object.fromEntries(named.map((name) => [name, options[name]])), udfName);
  const conflict = (why: string) => new UdfParameterError(`${udfName}: ${why}`, { udfName });
  if (options.type === "file") {
    if (fromOptions.argument) throw conflict(`type "file" and a tile (${named.join(", ")}) contradict each other.`);
    return { parameters: { ...defaults, ...given } };
  }
  const own = takeTileArgument(frame.parameters, given, udfName);
  const byDefault = takeTileArgument(frame.parameters, defaults, udfName);
  if (own.argument && fromOptions.argument)
    throw conflict("the parameters name a tile and so do the options: give one.");
  const { argument, zoom } = [own, fromOptions, byDefault].find((each) => each.argument) ?? own;
  return { argument, zoom, parameters: { ...byDefault.parameters, ...own.parameters } };
}

async function runTiles(
  prepared: PreparedRun,
  { values }: TileRuns,
  withTile: (value: unknown) => Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<RunResult[]> {
  // One failed tile fails the whole: the others need not go on.
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const runs = values.map(async (value) => {
    const result = await runOnce(prepared, withTile(value), either);
    if (result.error) failed.abort();
    return result;
  });
  return Promise.all(runs);
}

async function combine(results: RunResult[], tiles: Tile[]): Promise<RunResult> {
  const first = results[0]!;
  const sum = (pick: (result: RunResult) => number) => results.reduce((total, result) => total + pick(result), 0);
  const whole = {
    logs: results.flatMap(({ logs }) => logs),
    stdout: results.map(({ stdout }) => stdout).join(""),
    stderr: results.map(({ stderr }) => stderr).join(""),
    time: Math.max(...results.map(({ time }) => time)),
    bytes: sum(({ bytes }) => bytes),
    cacheHit: results.every(({ cacheHit }) => cacheHit),
    requestId: first.requestId,
  };
  const errors = results.flatMap(({ error }) => error ?? []);
  const error = errors.find((each) => !isCancelled(each)) ?? errors[0];
  if (error) return { ...whole, data: undefined, error };
  return {
    ...whole,
    data: await join(
      results.map(({ data }) => data),
      tiles,
    ),
  };
}

/** Rasters become a mosaic, tables one table, single values rows of x, y, z and the value. */
async function join(values: unknown[], tiles: Tile[]): Promise<unknown> {
  const parts = values
    .map((value, i) => ({ tile: tiles[i]!, value }))
    .filter(({ value }) => value !== null && value !== undefined);
  if (parts.length === 0) return null;
  const rasters = parts.flatMap(({ tile, value }) => {
    const raster = asRaster(value);
    return raster ? [{ tile, raster }] : [];
  });
  if (rasters.length === parts.length) return mosaicRasters(rasters);
  if (rasters.length > 0) {
    throw new FusedError("Some tiles gave rasters and others something else, so they cannot be put together.");
  }
  const isSingle = parts.every(({ value }) => typeof value !== "object");
  const runs = parts.map(({ tile, value }) => ({ args: { ...tile }, value }));
  return collectRuns(runs, { dropIndex: !isSingle });
}
