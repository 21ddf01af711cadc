import type { ParameterSchema } from "../engine/udf-frame.ts";
import { UdfParameterError } from "./errors.ts";
import { arrowRows } from "./job-pool-collect.ts";
import { isArrowTable } from "./results.ts";
import { isParameterObject } from "./udf-call.ts";

/**
 * The parameters of each run of a fan-out (fused-spec.md 9.1): plain values go to the first parameter, plain objects
 * name parameters, and each row of an Arrow table is one run.
 * @throws TypeError for what is no list, naming what came
 * @throws UdfParameterError for a list that mixes values and objects, naming the index
 */
export function listArguments(
  given: unknown,
  schema: ParameterSchema,
  udfName: string,
  place: string,
): Record<string, unknown>[] {
  const items = readList(given, place);
  if (items.length === 0) return [];
  const named = isParameterObject(items[0]);
  const odd = items.findIndex((item) => isParameterObject(item) !== named);
  if (odd >= 0) {
    throw new UdfParameterError(
      `${place}: item 0 is ${named ? "an object that names parameters" : "a plain value"} and item ${odd} is not. ` +
        "Give values only, or objects only.",
      { udfName },
    );
  }
  if (named) return items as Record<string, unknown>[];
  const first = schema.parameters[0];
  if (!first) {
    throw new UdfParameterError(`${udfName} takes no parameters, so ${place} has nowhere to put the values.`, {
      udfName,
    });
  }
  return items.map((item) => ({ [first.name]: item }));
}

function readList(given: unknown, place: string): unknown[] {
  if (Array.isArray(given)) return given;
  if (isArrowTable(given)) return arrowRows(given);
  if (typeof given === "object" && given !== null && Symbol.iterator in given) return [...(given as Iterable<unknown>)];
  throw new TypeError(`${place} takes a list: an array, an Arrow table or another iterable. ${describe(given)}`);
}

function describe(value: unknown): string {
  if (value === undefined) return "Nothing came.";
  if (value === null) return "What came is null.";
  if (typeof value === "string") return `What came is the string ${JSON.stringify(value.slice(0, 60))}.`;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
    return `What came is the ${typeof value} ${value}.`;
  }
  if (typeof value === "function") return "What came is a function.";
  return `What came is ${isParameterObject(value) ? "one object" : `a ${(value as object).constructor?.name ?? "value"}`}.`;
}
