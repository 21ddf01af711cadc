import { defaultLimits } from "../../engine/limits.ts";
import type { RunLimits } from "../../engine/run-types.ts";
import type { ServiceSettings } from "../settings.ts";

/** A realtime result is held in memory whole: no more than this of it, bytes. */
const mostResult = 256 * 2 ** 20;
const mostRecursion = 10;

const usual = new WeakMap<ServiceSettings, RunLimits>();

/** The limits of a realtime run; the same object each time, so that the engine need not be told again. */
export function realtimeLimits(settings: ServiceSettings): RunLimits {
  let limits = usual.get(settings);
  if (!limits) {
    limits = {
      ...defaultLimits,
      timeoutMs: settings.realtimeSeconds * 1000,
      memoryMb: settings.realtimeMemoryMb,
      resultBytes: mostResult,
    };
    usual.set(settings, limits);
  }
  return limits;
}

/** What a client asks for, never more than the service gives. */
export function limitsWithin(settings: ServiceSettings, asked: Partial<RunLimits>): RunLimits {
  const most = realtimeLimits(settings);
  const within = (name: keyof RunLimits) => {
    const value = asked[name];
    return typeof value === "number" && value > 0 ? Math.min(value, most[name]) : most[name];
  };
  return {
    timeoutMs: within("timeoutMs"),
    memoryMb: within("memoryMb"),
    resultBytes: within("resultBytes"),
    logCharacters: within("logCharacters"),
    recursion:
      typeof asked.recursion === "number" ? Math.min(Math.max(0, asked.recursion), mostRecursion) : most.recursion,
  };
}
