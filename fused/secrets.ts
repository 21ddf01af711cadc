import { mkdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { inspect, parseEnv } from "node:util";
import { NotFoundError } from "./errors.ts";
import { keepSecret, knownSecrets } from "./known-secrets.ts";
import { nearestName } from "./nearest-name.ts";
import { options } from "./options.ts";
import { writeWhole } from "./write-whole.ts";

/** Environment variables that are secrets begin so: `FUSED_SECRET_API_KEY` is the secret `API_KEY`. */
const prefix = "FUSED_SECRET_";

/** Set in this process, above all else. */
const assigned = new Map<string, string>();

const files = new Map<string, { mtimeMs: number; size: number; values: Record<string, string> }>();

/**
 * The secrets there are now, by name. Later ones rank higher: the file `~/.fused/secrets` (or `FUSED_SECRETS_FILE`), `.env`
 * in the working folder, `FUSED_SECRET_…` variables, assignment. Both files are lines of `NAME=value`.
 */
export function secretValues(): Record<string, string> {
  const home = process.env["FUSED_SECRETS_FILE"] || join(homedir(), ".fused", "secrets");
  const fromEnvironment = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith(prefix) && name.length > prefix.length && value ? [[name.slice(prefix.length), value]] : [],
  );
  const values = {
    ...readFile(home),
    ...readFile(resolve(".env")),
    ...(Object.fromEntries(fromEnvironment) as Record<string, string>),
    ...Object.fromEntries(assigned),
  };
  keepSecret(...Object.values(values));
  return values;
}

function readFile(path: string): Record<string, string> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) return {};
  const known = files.get(path);
  if (known && known.mtimeMs === stat.mtimeMs && known.size === stat.size) return known.values;
  try {
    const values = parseEnv(readFileSync(path, "utf8")) as Record<string, string>;
    files.set(path, { mtimeMs: stat.mtimeMs, size: stat.size, values });
    return values;
  } catch (error) {
    console.warn(`${path} is not read: ${(error as Error).message}`);
    return {};
  }
}

/** A text without the values of secrets that are long enough not to be any word. */
export function maskSecrets(text: string): string {
  return [...Object.values(secretValues()), ...knownSecrets()].reduce(
    (masked, value) =>
      value.length < 4
        ? masked
        : masked.replaceAll(value, "••••").replaceAll(JSON.stringify(value).slice(1, -1), "••••"),
    text,
  );
}

/** `fused.secrets`: values by name. */
export interface Secrets {
  /** The value of a secret. @throws NotFoundError naming the nearest there is */
  get(name: string): string;
  has(name: string): boolean;
  keys(): string[];
  /** Makes a secret known to this process and the runs it starts; nothing is written. */
  set(name: string, value: string): void;
  delete(name: string): boolean;
  readonly [name: string]: unknown;
}

const methods = {
  get(name: string): string {
    const values = secretValues();
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return value;
    throw new NotFoundError(missingSecret(name, Object.keys(values)));
  },
  has: (name: string): boolean => Object.hasOwn(secretValues(), name),
  keys: (): string[] => Object.keys(secretValues()).sort(),
  set(name: string, value: string): void {
    if (typeof name !== "string" || name === "" || typeof value !== "string") {
      throw new TypeError("A secret is a text under a name: fused.secrets.set('API_KEY', '…').");
    }
    assigned.set(name, value);
  },
  delete: (name: string): boolean => assigned.delete(name),
};

function missingSecret(name: string, names: string[]): string {
  const nearest = nearestName(name, names);
  return (
    `There is no secret ${JSON.stringify(name)}.${nearest ? ` Did you mean ${JSON.stringify(nearest)}?` : ""} ` +
    `Set it in this session with fused.secrets.set(name, value), in the environment as ${prefix}${name}, or in a .env file.`
  );
}

const describe = () =>
  `Secrets { ${methods
    .keys()
    .map((name) => `${name}: ••••`)
    .join(", ")} }`;

/** The secrets as properties that are read and set by name; what they print as shows names only. */
export const secrets = new Proxy(
  Object.defineProperty({}, inspect.custom, { value: describe, configurable: true }) as Secrets,
  {
    get(_target, name) {
      if (name === inspect.custom || name === "toString" || name === "toJSON") return describe;
      if (typeof name !== "string" || name === "then") return undefined;
      return Object.hasOwn(methods, name) ? methods[name as keyof typeof methods] : methods.get(name);
    },
    has: (_target, name) => typeof name === "string" && methods.has(name),
    set(_target, name, value) {
      methods.set(String(name), value as string);
      return true;
    },
    deleteProperty: (_target, name) => methods.delete(String(name)) || true,
    ownKeys: () => methods.keys(),
    getOwnPropertyDescriptor: (_target, name) =>
      typeof name === "string" && methods.has(name)
        ? { get: () => methods.get(name), enumerable: false, configurable: true }
        : undefined,
  },
);

/**
 * Writes the secret that the option `gcsSecret` names, the credentials of Google Cloud, to the file of the option
 * `gcsFilename`, readable by this account alone, for libraries that want a file; gives its path.
 * @throws NotFoundError where there is no such secret
 */
export function gcsCredentialsFile(): string {
  const path = resolve(options.gcsFilename);
  const text = methods.get(options.gcsSecret);
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, text);
  return path;
}
