import { inspect } from "node:util";
import { OptionError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";
import type { OptionValues } from "./options-definitions.ts";
import { findDefinition, isDefinition, optionDefinitions, optionPaths, serviceOptions } from "./options-definitions.ts";
import { readSettings, settingsPath, writeSettings } from "./options-file.ts";
import { camelCase, snakeCase } from "./option-names.ts";

/** Where an option's value comes from, later ones first in rank: assignment, environment, file, default. */
export type OptionSource = "default" | "file" | "environment" | "assigned";

interface Setting {
  value: unknown;
  source: OptionSource;
}

/** `fused.options`: all options as properties, groups as objects, and what can be done with them. */
export type FusedOptions = OptionValues & {
  /** Writes what differs from the defaults to the settings file and returns its path. Other keys of the file stay. */
  save(): string;
  /** Puts one option, one group or (without a name) all options back to the documented defaults. */
  reset(name?: string): void;
  /** One line per option: name, value, where it comes from. */
  toString(): string;
};

let settings: Map<string, Setting> | undefined;

/**
 * Sets an option by its full name, `show.openBrowser` or `show.open_browser`.
 * @throws OptionError for a name that is not an option (naming the nearest) and for a value that does not fit
 */
export function setOption(name: string, value: unknown): void {
  const path = knownPath(name);
  if (isGroup(path)) {
    if (value === null || typeof value !== "object") {
      throw new OptionError(
        `options.${path} is a group: give an object with some of ${groupMembers(path).join(", ")}.`,
      );
    }
    const changes = Object.entries(value).map(([member, each]) => [knownPath(`${path}.${member}`), each] as const);
    for (const [each, given] of changes) checkValue(each, given);
    for (const [each, given] of changes) setOption(each, given);
    return;
  }
  checkValue(path, value);
  current().set(path, { value: structuredClone(value), source: "assigned" });
  if (serviceOptions.has(path) && !told.has(path)) {
    told.add(path);
    console.warn(`options.${path} is kept for Python's SDK, and changes nothing here.`);
  }
}

/** Options of the service that somebody has set, and has been told about. */
const told = new Set<string>();

/** The value of an option by its full name, or of a whole group as a plain object. */
export function getOption(name: string): unknown {
  const path = knownPath(name);
  if (!isGroup(path)) return current().get(path)!.value;
  return Object.fromEntries(groupMembers(path).map((member) => [member, getOption(`${path}.${member}`)]));
}

/** Says who set an option, for rules that ask whether something was configured on purpose. */
export function optionSource(name: string): OptionSource {
  return current().get(knownPath(name))!.source;
}

/** Reads file and environment anew and forgets assignments. */
export function reloadOptions(): void {
  settings = undefined;
}

function current(): Map<string, Setting> {
  if (settings) return settings;
  settings = new Map(
    optionPaths.map((path) => [path, { value: structuredClone(findDefinition(path)!.fallback), source: "default" }]),
  );
  for (const [key, value] of readFileSettings()) adopt(key, value, "file", settingsPath());
  for (const path of optionPaths) {
    const variable = `FUSED_${snakeCase(path).replace(".", "_").toUpperCase()}`;
    const given = process.env[variable];
    if (given !== undefined) adopt(path, fromText(given), "environment", variable);
  }
  return settings;
}

function readFileSettings(): [path: string, value: unknown][] {
  try {
    return Object.entries(readSettings(settingsPath())).flatMap(([key, value]) =>
      isGroup(camelCase(key)) && value !== null && typeof value === "object"
        ? Object.entries(value).map(([member, each]): [string, unknown] => [camelCase(`${key}.${member}`), each])
        : [[camelCase(key), value] as [string, unknown]],
    );
  } catch (error) {
    console.warn(
      `${settingsPath()} is not read, options keep their defaults: ${(error as Error).message.split("\n")[0]}`,
    );
    return [];
  }
}

function adopt(path: string, value: unknown, source: OptionSource, place: string): void {
  const definition = findDefinition(path);
  if (!definition) {
    console.warn(`${place}: ${snakeCase(path)} is not an option of this version; it is kept in the file and ignored.`);
  } else if (!definition.accepts(value)) {
    console.warn(`${place}: ${snakeCase(path)} must be ${definition.expects}; the default stays.`);
  } else {
    settings!.set(path, { value, source });
  }
}

/** JSON where the text is JSON (numbers, booleans, lists), the text itself otherwise. */
function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function save(): string {
  const path = settingsPath();
  const document = readSettings(path);
  for (const [name, setting] of current()) {
    // What the environment says holds for this process; the file keeps its own word.
    if (setting.source === "environment") continue;
    const [group, member] = snakeCase(name).split(".") as [string, string?];
    const isDefault = setting.source === "default" || setting.value === null;
    if (member === undefined) put(document, group, isDefault, setting.value);
    else {
      const table = { ...(document[group] as Record<string, unknown> | undefined) };
      put(table, member, isDefault, setting.value);
      if (Object.keys(table).length) document[group] = table;
      else delete document[group];
    }
  }
  writeSettings(path, document);
  return path;
}

function put(table: Record<string, unknown>, key: string, isDefault: boolean, value: unknown): void {
  if (isDefault) delete table[key];
  else table[key] = value;
}

function reset(name?: string): void {
  const path = name === undefined ? undefined : knownPath(name);
  for (const each of optionPaths) {
    if (path === undefined || each === path || each.startsWith(`${path}.`)) {
      current().set(each, { value: structuredClone(findDefinition(each)!.fallback), source: "default" });
    }
  }
}

function describe(): string {
  const width = Math.max(...optionPaths.map((path) => path.length));
  return optionPaths
    .map((path) => {
      const { value, source } = current().get(path)!;
      const notes = [source !== "default" && source, serviceOptions.has(path) && "of Python's SDK"].filter(Boolean);
      return `${path.padEnd(width)}  ${JSON.stringify(value)}${notes.length > 0 ? `  (${notes.join(", ")})` : ""}`;
    })
    .join("\n");
}

function isGroup(name: string): boolean {
  return (
    Object.hasOwn(optionDefinitions, name) && !isDefinition(optionDefinitions[name as keyof typeof optionDefinitions])
  );
}

function groupMembers(group: string): string[] {
  return Object.keys(optionDefinitions[group as keyof typeof optionDefinitions]);
}

function knownPath(name: string): string {
  const path = camelCase(name);
  if (isGroup(path) || findDefinition(path)) return path;
  const nearest = nearestName(path, [...optionPaths, ...Object.keys(optionDefinitions)]);
  throw new OptionError(
    `There is no option ${JSON.stringify(name)}. ` +
      (nearest
        ? `Did you mean ${JSON.stringify(nearest)}? Printing fused.options lists them all.`
        : `There are ${optionPaths.join(", ")}.`),
  );
}

function checkValue(path: string, value: unknown): void {
  const definition = findDefinition(path)!;
  if (definition.accepts(value)) return;
  throw new OptionError(`options.${path} must be ${definition.expects}; what came is ${inspect(value)}.`);
}

/** A view of the options below `prefix` that reads and writes like a plain object. */
function optionsView(prefix: string, names: string[], methods: Record<string | symbol, unknown>): object {
  const full = (name: string) => (prefix ? `${prefix}.${name}` : name);
  const holds = (name: string | symbol): name is string => typeof name === "string" && names.includes(camelCase(name));
  const read = (name: string) => {
    const path = camelCase(full(name));
    return isGroup(path) ? groupViews[path] : getOption(path);
  };
  return new Proxy(methods, {
    get: (target, name, receiver) => (holds(name) ? read(name) : Reflect.get(target, name, receiver)),
    has: (target, name) => holds(name) || Reflect.has(target, name),
    set(_target, name, value) {
      setOption(full(String(name)), value);
      return true;
    },
    deleteProperty(_target, name) {
      reset(full(String(name)));
      return true;
    },
    ownKeys: (target) => [...names, ...Reflect.ownKeys(target)],
    getOwnPropertyDescriptor: (target, name) =>
      holds(name)
        ? { value: read(name), writable: true, enumerable: true, configurable: true }
        : Reflect.getOwnPropertyDescriptor(target, name),
  });
}

function hidden(methods: Record<string | symbol, unknown>): Record<string | symbol, unknown> {
  const target: Record<string | symbol, unknown> = {};
  for (const key of Reflect.ownKeys(methods)) {
    Object.defineProperty(target, key, { value: methods[key], enumerable: false, configurable: true });
  }
  return target;
}

const groupViews: Record<string, object> = Object.fromEntries(
  Object.keys(optionDefinitions)
    .filter(isGroup)
    .map((group) => [
      group,
      optionsView(group, groupMembers(group), hidden({ [inspect.custom]: () => getOption(group) })),
    ]),
);

/**
 * The options of the SDK (fused-spec.md section 20). Reading and assigning take effect at once; snake_case names are
 * understood. Values come, in rising rank, from the defaults, the settings file, `FUSED_…` variables, and assignment.
 */
export const options = optionsView(
  "",
  Object.keys(optionDefinitions),
  hidden({ save, reset, toString: describe, [inspect.custom]: describe }),
) as FusedOptions;
