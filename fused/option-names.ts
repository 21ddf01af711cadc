import { nearestName } from "./nearest-name.ts";

/** `cache_max_age` → `cacheMaxAge`; names that are camelCase already stay. Works on dotted names too. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_+([a-z0-9])/gi, (_all, letter: string) => letter.toUpperCase());
}

/** `cacheMaxAge` → `cache_max_age`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * The given options under their camelCase names. Python's snake_case spellings are understood, because people paste
 * from Python documents (fused-spec.md 0.4).
 * @param given what the caller passed as the options object; undefined gives `{}`
 * @param known the names that exist, camelCase
 * @param place whose options they are, for messages: `fused.run`
 * @throws TypeError for a name that is not known (naming the nearest), for one name in both spellings, and where what
 *   came is not an object
 */
export function readOptions<T extends object>(
  given: unknown,
  known: readonly (keyof T & string)[],
  place: string,
): Partial<T> {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new TypeError(
      `The options of ${place} are an object; what came is ${Array.isArray(given) ? "an array" : typeof given}.`,
    );
  }
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const camel = camelCase(name);
    if (!known.includes(camel as keyof T & string)) {
      const nearest = nearestName(camel, [...known]);
      throw new TypeError(
        `${place} has no option ${name}.${nearest ? ` Did you mean ${nearest}?` : ` It has ${known.join(", ")}.`}`,
      );
    }
    if (Object.hasOwn(read, camel)) {
      throw new TypeError(
        `${place} got the option ${camel} in both spellings, ${camel} and ${snakeCase(camel)}: give one.`,
      );
    }
    read[camel] = value;
  }
  return read as Partial<T>;
}
