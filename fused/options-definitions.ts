import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownTemporaryFolder } from "./own-folder.ts";

const ownFolder = ownTemporaryFolder();

/** One option: its default, what it accepts, and a line of help. */
export interface OptionDefinition<T> {
  fallback: T;
  /** What a value must be, for the error: "an integer of at least 1". */
  expects: string;
  accepts(value: unknown): boolean;
  about: string;
}

const isBoolean = (value: unknown) => typeof value === "boolean";
const isText = (value: unknown) => typeof value === "string";
const isSeconds = (value: unknown) => typeof value === "number" && Number.isFinite(value) && value > 0;
const isTextList = (value: unknown) => Array.isArray(value) && value.every(isText);
const isHttpUrl = (value: unknown) => isText(value) && /^https?:\/\/[^\s/]/.test(value as string);

function define<T>(fallback: T, expects: string, accepts: (value: unknown) => boolean, about: string) {
  return { fallback, expects, accepts, about } satisfies OptionDefinition<T> as OptionDefinition<T>;
}

const flag = (fallback: boolean, about: string) => define<boolean>(fallback, "true or false", isBoolean, about);
const text = (fallback: string, about: string) => define<string>(fallback, "a string", isText, about);
const url = (fallback: string, about: string) => define<string>(fallback, "an http(s) address", isHttpUrl, about);
const seconds = (fallback: number, about: string) => define<number>(fallback, "seconds above 0", isSeconds, about);

function integer(fallback: number, least: number, about: string) {
  const accepts = (value: unknown) => Number.isInteger(value) && (value as number) >= least;
  return define<number>(fallback, `an integer of at least ${least}`, accepts, about);
}

function oneOf<const T extends string>(fallback: T, values: readonly T[], about: string) {
  const expects = `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
  return define<T>(fallback, expects, (value) => values.includes(value as T), about);
}

function optional<T>(definition: OptionDefinition<T>): OptionDefinition<T | null> {
  const accepts = (value: unknown) => value === null || definition.accepts(value);
  return { ...definition, fallback: null, expects: `${definition.expects}, or null`, accepts };
}

const isHeaders = (value: unknown) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && Object.values(value).every(isText);

const isTimeoutOrPair = (value: unknown) =>
  isSeconds(value) || (Array.isArray(value) && value.length === 2 && value.every(isSeconds));

const isAge = (value: unknown) =>
  (Number.isInteger(value) && (value as number) >= 0) || (isText(value) && /^\d+[smhd]$/.test(value as string));

/** Every option of the product (fused-spec.md section 20), grouped as its documentation groups them. */
export const optionDefinitions = {
  baseUrl: url("https://www.fused.io/server/v1", "service endpoint"),
  sharedUdfBaseUrl: url("https://www.fused.io/server/v1/realtime-shared", "endpoint of shared UDFs"),
  githubBaseUrl: url("https://github.com", "GitHub that UDFs are loaded from"),
  githubRawBaseUrl: url("https://raw.githubusercontent.com", "where its files are fetched"),
  githubApiBaseUrl: url("https://api.github.com", "its API: short commits, pull requests, gists"),
  gistBaseUrl: url("https://gist.github.com", "where its gists are"),
  baseWebUrl: url("https://www.fused.io", "web application, for links"),
  maxWorkers: integer(16, 1, "runs of a fan-out at once; until it is set, local ones have one for each core"),
  runTimeout: optional(seconds(1, "limit of one UDF run, seconds; null leaves it to the engine")),
  requestTimeout: define<number | [connect: number, read: number]>(
    120,
    "seconds above 0, or a pair [connect, read] of them",
    isTimeoutOrPair,
    "limit of one request, seconds",
  ),
  metadataRequestTimeout: seconds(300, "limit of a request for a file's metadata, seconds"),
  requestMaxRetries: integer(5, 0, "how often a failed request is sent again"),
  requestRetryBaseDelay: seconds(1, "pause before the first repetition, seconds; it doubles each time"),
  realtimeClientId: optional(text("", "client id of the realtime service")),
  maxRecursionFactor: integer(5, 1, "how deep UDFs may call UDFs"),
  saveUserSettings: flag(true, "keep credentials and the like on this machine"),
  defaultUdfRunEngine: optional(
    oneOf("local", ["local", "remote"], "engine of runs that name none; null: remote once a service is configured"),
  ),
  udfInlining: flag(true, "send the source of UDFs; false sends names, for engines that know the UDFs"),
  frameSigningKey: optional(text("", "Ed25519 private key (PEM or its path) that signs UDFs on their way out")),
  framePublicKey: optional(text("", "Ed25519 public key: the engine started here runs UDFs signed for it only")),
  defaultValidateImports: flag(false, "check a UDF's imports before it runs"),
  promptToLogin: flag(false, "ask to log in when the package is imported"),
  noLogin: flag(false, "never log in by itself"),
  pyodideAsyncRequests: flag(false, "accepted for the sake of shared settings; has no effect here"),
  cacheDirectory: text(join(ownFolder, "cache"), "where cached results are kept"),
  dataDirectory: text(join(ownFolder, "data"), "where data is kept; under fdPrefix with object storage"),
  tempDirectory: text(tmpdir(), "where temporary files go"),
  neverImport: flag(false, "run no code of a UDF when it is loaded"),
  gcsSecret: text("gcs_fused", "name of the secret with Google Cloud credentials"),
  gcsFilename: text(join(tmpdir(), ".gcs.fused"), "file that these credentials are written to"),
  gcpProjectName: optional(text("", "project of Google Cloud operations")),
  logging: flag(false, "debug lines on stderr"),
  verboseUdfRuns: flag(true, "print what UDFs print"),
  defaultRunHeaders: define<Record<string, string>>(
    { "X-Fused-Cache-Disable": "true" },
    "an object of strings",
    isHeaders,
    "headers of every run request",
  ),
  defaultDtypeOutVector: oneOf("parquet", ["parquet", "arrow", "geojson", "json", "csv"], "how tables travel"),
  defaultDtypeOutRaster: oneOf("tiff", ["tiff", "png", "npy"], "how rasters travel"),
  defaultDtypeOutSimple: oneOf("json", ["json"], "how simple values travel"),
  fdPrefix: optional(text("", "what fd:// stands for; null: the account's own place")),
  verboseCachedFunctions: flag(true, "say when a cached value is used"),
  localEngineCache: flag(true, "keep results of local runs"),
  defaultSendStatusEmail: flag(true, "send a message at the end of a job"),
  cacheStorage: oneOf("auto", ["auto", "mount", "local", "object"], "where the cache is kept"),
  useProcessPoolForLocalSubmit: flag(false, "processes rather than threads for local fan-outs"),
  rowGroupBatchSize: integer(32768, 1, "row groups are fetched together up to this many bytes"),
  cacheDecoratorMaxAge: optional(
    define<string | number>("12h", 'an age such as "12h" or seconds', isAge, "age limit of fused.cache"),
  ),
  jobId: optional(text("", "job that this process belongs to")),
  auth: {
    issuer: optional(url("", "OpenID provider of the log-in; null: the one that the service names")),
    clientId: optional(text("", "client id of the log-in")),
    audience: optional(text("", "audience of the access token")),
    authorizeUrl: optional(url("", "address that asks for consent")),
    tokenUrl: optional(url("", "address that exchanges the code")),
    logoutUrl: optional(url("", "address that ends the log-in")),
    scopes: define<string[]>(
      ["openid", "profile", "email", "offline_access"],
      "a list of strings",
      isTextList,
      "what the log-in asks for",
    ),
  },
  show: {
    openBrowser: flag(true, "open links of the service in the browser"),
    showWidget: flag(true, "draw results as widgets"),
    formatNumbers: flag(true, "group the digits of numbers"),
    materializeVirtualFolders: flag(false, "list virtual folders of the service as if they were real"),
    enableTqdm: flag(true, "show progress"),
  },
};

/**
 * Options that have no use here. They are kept and saved, since Python's SDK reads the same settings file; who sets one is told
 * that it changes nothing.
 */
export const serviceOptions: ReadonlySet<string> = new Set([
  "gcpProjectName",
  "auth.logoutUrl",
  "show.openBrowser",
  "show.materializeVirtualFolders",
]);

type Definitions = typeof optionDefinitions;
type Value<D> =
  D extends OptionDefinition<infer T>
    ? T
    : { -readonly [K in keyof D]: D[K] extends OptionDefinition<infer T> ? T : never };

/** The values of all options, as `fused.options` holds them. */
export type OptionValues = { -readonly [K in keyof Definitions]: Value<Definitions[K]> };

/** Full names of all options, groups as `group.name`: `["baseUrl", …, "show.enableTqdm"]`. */
export const optionPaths: readonly string[] = Object.entries(optionDefinitions).flatMap(([name, entry]) =>
  isDefinition(entry) ? [name] : Object.keys(entry).map((member) => `${name}.${member}`),
);

export function isDefinition(entry: unknown): entry is OptionDefinition<unknown> {
  return typeof (entry as OptionDefinition<unknown>).accepts === "function";
}

/** The definition behind a full name, if there is one. */
export function findDefinition(path: string): OptionDefinition<unknown> | undefined {
  const [name, member] = path.split(".") as [string, string?];
  if (!Object.hasOwn(optionDefinitions, name)) return undefined;
  const entry = optionDefinitions[name as keyof Definitions];
  if (member === undefined) return isDefinition(entry) ? entry : undefined;
  if (isDefinition(entry) || !Object.hasOwn(entry, member)) return undefined;
  return (entry as Record<string, OptionDefinition<unknown>>)[member];
}
