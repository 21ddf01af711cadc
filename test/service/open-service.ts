import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceSettings, type ServiceSettings } from "../../service/settings.ts";
import { startService, type Service } from "../../service/start-service.ts";
import { copyEmptyDatabase } from "./empty-database.ts";
import { postgresMissing, startPostgres, type PostgresServer } from "./postgres-server.ts";
import { startIssuer, type TestIssuer } from "./token-issuer.ts";

export interface TestService extends Service {
  /** `http://…/server/v1`. */
  base: string;
  /** Sends a request. `as`: a person of team mode; in single-user mode it goes as the owner, unless `as` is null. */
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
  /** The same, and the JSON of its answer. @throws Error with the answer where it is no success */
  ask<T = Record<string, unknown>>(method: string, path: string, options?: SendOptions): Promise<T>;
  /** The token of a person, as their provider gives it. */
  tokenOf(person: Person): Promise<string>;
  dataFolder: string;
}

export interface SendOptions {
  as?: Person | null;
  /** Objects go as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Ada and Tim are of one team, Olga of another. */
export type Person = "ada" | "tim" | "olga";
const teams: Record<Person, string> = { ada: "analysts", tim: "analysts", olga: "others" };

export interface TestServiceOptions extends Partial<ServiceSettings> {
  /** Default pglite. */
  database?: "pglite" | "postgres";
  /** Team mode: the three people log in at a provider. Default false: single-user mode. */
  team?: boolean;
}

let postgres: Promise<PostgresServer> | undefined;
let issuer: Promise<TestIssuer> | undefined;

/** The databases the service's suites run over; `skip` says why one cannot. */
export const databases: { database: "pglite" | "postgres"; skip: string | false }[] = [
  { database: "pglite", skip: false },
  { database: "postgres", skip: postgresMissing },
];

/** A service of one's own on a free port, in a temporary folder that goes with it. */
export async function openTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { database = "pglite", team = false, ...settings } = options;
  const dataFolder = settings.dataFolder ?? mkdtempSync(join(tmpdir(), "fused-service-"));
  const isEmbedded = database === "pglite" && settings.databaseUrl === undefined;
  if (isEmbedded && !existsSync(join(dataFolder, "database"))) await copyEmptyDatabase(dataFolder);
  if (team) issuer ??= startIssuer();
  const issued = team ? await issuer : undefined;
  const service = await startService(
    serviceSettings({
      port: 0,
      dataFolder,
      ...(database === "postgres" && { databaseUrl: (await sharedPostgres()).newDatabase() }),
      ...(issued && { oidcIssuer: issued.url }),
      ...settings,
    }),
  );
  const tokenOf = (person: Person) =>
    issued!.token({ sub: person, email: `${person}@example.com`, team: teams[person] });

  async function send(method: string, path: string, { as, body, headers = {}, signal }: SendOptions = {}) {
    const all: Record<string, string> = { ...headers };
    if (as) all["Authorization"] = `Bearer ${await tokenOf(as)}`;
    else if (as === undefined && service.token) all["Authorization"] = `Fused-Service-Token ${service.token}`;
    const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    if (!isRaw) all["Content-Type"] ??= "application/json";
    const sent = isRaw ? (body as string | Uint8Array<ArrayBuffer> | undefined) : JSON.stringify(body);
    const address = /^https?:/.test(path) ? path : `${service.url}/server/v1${path}`;
    return fetch(address, { method, headers: all, body: sent, signal, redirect: "manual" });
  }
  return Object.assign(service, {
    base: `${service.url}/server/v1`,
    dataFolder,
    send,
    tokenOf,
    async ask<T>(method: string, path: string, sendOptions?: SendOptions) {
      const response = await send(method, path, sendOptions);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    close: closing(service, settings.dataFolder === undefined ? dataFolder : undefined),
  });
}

function closing(service: Service, folder: string | undefined): Service["close"] {
  const { close } = service;
  return async (grace) => {
    await close(grace);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
}

/** The one Postgres of a test file. */
export function sharedPostgres(): Promise<PostgresServer> {
  return (postgres ??= startPostgres());
}

/** Ends what services of this file shared: call it in `after`. */
export async function closeShared(): Promise<void> {
  await (await postgres)?.close();
  await (await issuer)?.close();
  postgres = undefined;
  issuer = undefined;
}
