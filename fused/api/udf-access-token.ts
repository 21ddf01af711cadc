import { inspect } from "node:util";
import { readOptions } from "../option-names.ts";
import { getUdf } from "./udfs.ts";
import { sendForJson, type ServiceAddress } from "./service.ts";

/** How the service tells of a token. */
interface TokenRecord {
  token: string;
  udf_id: string;
  udf_slug: string;
  owner_email: string;
  enabled: boolean;
  cache: boolean;
  public_read?: boolean;
  access_scope?: string;
  metadata_json: unknown;
  created_at: string;
}

export interface AccessTokenOptions {
  /** False: nothing that was computed before is given. Default true. */
  cache?: boolean;
  enabled?: boolean;
  /** Plain JSON that is kept with it. */
  metadata?: Record<string, unknown> | null;
  metadataJson?: Record<string, unknown> | null;
  /** Let who has the token read the code as well. */
  publicRead?: boolean;
  accessScope?: "public" | "team" | "private";
  clientId?: string | null;
  passcode?: string | null;
}

const optionNames = [
  "cache",
  "enabled",
  "metadata",
  "metadataJson",
  "publicRead",
  "accessScope",
  "clientId",
  "passcode",
] as const satisfies (keyof AccessTokenOptions)[];

export interface UrlOptions {
  /** Ending that names the format: `csv`, `png`, `geojson`. */
  format?: string;
  /** Values of the UDF's parameters. */
  params?: Record<string, unknown>;
}

export interface TileNumbers {
  x: number;
  y: number;
  z: number;
}

const readUrlOptions = (options: UrlOptions | undefined, place: string): Partial<UrlOptions> =>
  readOptions<UrlOptions>(options, ["format", "params"], place);

/**
 * A token that lets whoever has it run one UDF, with parameters of their choice, in its owner's environment (fused-spec.md 17).
 * What it prints as shows its beginning only.
 */
export class UdfAccessToken {
  readonly #service: ServiceAddress;
  readonly #record: TokenRecord;

  constructor(service: ServiceAddress, record: TokenRecord) {
    this.#service = service;
    this.#record = record;
  }

  /** The token itself. Who has it can run the UDF. */
  reveal(): string {
    return this.#record.token;
  }

  get udfId(): string {
    return this.#record.udf_id;
  }
  get udfSlug(): string {
    return this.#record.udf_slug;
  }
  get ownerEmail(): string {
    return this.#record.owner_email;
  }
  get enabled(): boolean {
    return this.#record.enabled;
  }
  get cache(): boolean {
    return this.#record.cache;
  }
  get metadata(): unknown {
    return this.#record.metadata_json;
  }
  get createdAt(): string {
    return this.#record.created_at;
  }

  /** Address that gives the UDF's value. */
  fileUrl(options?: UrlOptions): string {
    const { format, params } = readUrlOptions(options, "fileUrl");
    return this.#url("run/file", { ...params, format });
  }

  /**
   * Address of a tile; without one, the template with `{z}/{x}/{y}` that map libraries take.
   * @param tile may be left out before the options: `tileUrl({ format: "mvt" })`
   */
  tileUrl(tile?: TileNumbers | UrlOptions, options?: UrlOptions): string {
    if (tile && !("z" in tile)) return this.tileUrl(undefined, tile);
    const { format, params } = readUrlOptions(options, "tileUrl");
    const place = tile ? `${tile.z}/${tile.x}/${tile.y}` : "{z}/{x}/{y}";
    return this.#url(`run/tiles/${place}${format === undefined ? "" : `.${format}`}`, params);
  }

  /** The older names of `fileUrl` and `tileUrl`. */
  getFileUrl(options?: UrlOptions): string {
    return this.fileUrl(options);
  }
  getTileUrl(tile?: TileNumbers | UrlOptions, options?: UrlOptions): string {
    return this.tileUrl(tile, options);
  }

  #url(path: string, params: Record<string, unknown> | undefined): string {
    const query = queryText(params);
    return `${this.#service.sharedUdfBaseUrl}/${this.#record.token}/${path}${query === "" ? "" : `?${query}`}`;
  }

  toString(): string {
    const { token, udf_slug, enabled } = this.#record;
    return `UdfAccessToken(${token.slice(0, 8)}…, UDF ${udf_slug}${enabled ? "" : ", disabled"})`;
  }
  toJSON(): Record<string, unknown> {
    const { token, ...facts } = this.#record;
    return { token: `${token.slice(0, 8)}…`, ...facts };
  }
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Parameters as a query: lists and objects as JSON (fused-spec.md 18.2). */
export function queryText(params: Record<string, unknown> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    query.set(name, typeof value === "object" ? JSON.stringify(value) : String(value as string | number));
  }
  return query.toString();
}

/** Which UDF a token is made for: its id, `email/name` or name; or an e-mail and a name. */
export interface TokenTarget extends AccessTokenOptions {
  udfEmail?: string;
  udfName?: string;
  udfId?: string;
}

/**
 * Makes a token for a saved UDF: `createUdfAccessToken("name")`, `("email", "name")`, `({ udfId })`.
 * @throws TypeError where the UDF is named not at all, or twice
 */
export async function createUdfAccessToken(
  service: ServiceAddress,
  ...given: [first?: string | TokenTarget, second?: string | TokenTarget, third?: TokenTarget]
): Promise<UdfAccessToken> {
  const place = "fused.api.createUdfAccessToken";
  const words = given.filter((each): each is string => typeof each === "string");
  const last = given.find((each) => typeof each === "object");
  const { udfEmail, udfName, udfId, ...options } = readOptions<TokenTarget>(
    last,
    [...optionNames, "udfEmail", "udfName", "udfId"],
    place,
  );
  const [first, second] = words;
  const email = udfEmail ?? (second !== undefined || first?.includes("@") ? ownerIn(first) : undefined);
  const isWhole = first !== undefined && /\//.test(first);
  const names = [second, udfName, isWhole || !first?.includes("@") ? first : undefined, udfId].filter(
    (each) => each !== undefined,
  );
  if (names.length !== 1 || (udfEmail !== undefined && words.length > 1)) {
    throw new TypeError(
      `${place} takes exactly one UDF: its id, "email/name" or name, or an e-mail and a name; ${names.length} came.`,
    );
  }
  const [name] = names as [string];
  const which = email !== undefined && !isWhole ? `${email}/${name}` : name;
  const { id } = await getUdf(service, which);
  const body = fieldsOf(options);
  return new UdfAccessToken(
    service,
    await sendForJson<TokenRecord>(service, { method: "POST", path: `/udf/${id}/tokens`, body }),
  );
}

const ownerIn = (first: string | undefined) => (first !== undefined && !first.includes("/") ? first : undefined);

export async function getUdfAccessToken(service: ServiceAddress, token: TokenLike): Promise<UdfAccessToken> {
  return new UdfAccessToken(service, await sendForJson<TokenRecord>(service, { method: "GET", path: pathOf(token) }));
}

/** All of one's tokens; with a UDF's id, those for it. */
export async function getUdfAccessTokens(service: ServiceAddress, udfId?: string): Promise<UdfAccessToken[]> {
  const path = udfId === undefined ? "/token/self" : `/udf/${encodeURIComponent(udfId)}/tokens`;
  const { tokens } = await sendForJson<{ tokens: TokenRecord[] }>(service, { method: "GET", path });
  return tokens.map((each) => new UdfAccessToken(service, each));
}

export async function updateUdfAccessToken(
  service: ServiceAddress,
  token: TokenLike,
  given: AccessTokenOptions,
): Promise<UdfAccessToken> {
  const body = fieldsOf(readOptions<AccessTokenOptions>(given, [...optionNames], "fused.api.updateUdfAccessToken"));
  return new UdfAccessToken(
    service,
    await sendForJson<TokenRecord>(service, { method: "PATCH", path: pathOf(token), body }),
  );
}

/** From then on nobody runs anything with it. */
export async function deleteUdfAccessToken(service: ServiceAddress, token: TokenLike): Promise<void> {
  await sendForJson(service, { method: "DELETE", path: pathOf(token) });
}

export type TokenLike = string | UdfAccessToken;

const pathOf = (token: TokenLike) => `/token/${encodeURIComponent(typeof token === "string" ? token : token.reveal())}`;

function fieldsOf({ metadata, metadataJson, publicRead, accessScope, clientId, ...rest }: AccessTokenOptions) {
  const kept = metadata ?? metadataJson;
  return {
    ...rest,
    ...(kept !== undefined && { metadata_json: kept }),
    ...(publicRead !== undefined && { public_read: publicRead }),
    ...(accessScope !== undefined && { access_scope: accessScope }),
    ...(clientId !== undefined && { client_id: clientId }),
  };
}
