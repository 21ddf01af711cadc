import { UsageError, parseArguments } from "./arguments.ts";
import { defaultDataFolder, serviceSettings, type ServiceSettings } from "../service/settings.ts";
import type { Service } from "../service/start-service.ts";

export const serviceHelp = `Usage: fused-kernel service [options]

Serves UDFs over HTTP: saved UDFs, shared links to files and map tiles, jobs, files and secrets. Nobody needs an account:
the first start prints a token, which only you have, and keeps it in DIR/token. Ctrl-C ends the service.

      --data DIR            where its state is kept (default: ${defaultDataFolder()})
      --database-url URL    a Postgres instead of the embedded one, for several replicas or a team
                            (or FUSED_DATABASE_URL in the environment, where nobody else sees its password)
      --port P              port (default: 8787)
      --host H              address to listen at (default: 127.0.0.1, which only this machine can reach)
      --public-url URL      the address that clients use, where a proxy stands in front
      --oidc-issuer URL     an OpenID provider whose users may log in, instead of the single user
      --oidc-audience NAME  the audience its access tokens name (default: fused-service)
      --oidc-client-id ID   the client that notebooks log in as (default: fused-kernel)
      --realtime-limit S    time limit of a realtime run, seconds (default: 120)
      --memory MB           memory of a realtime run (default: 1024)
      --allow-private HOST  a private address that UDFs may reach all the same; may be repeated
      --quiet               no access log

Several replicas share a Postgres, and a key: FUSED_SERVICE_KEY in the environment, at least 64 hexadecimal digits.`;

/** `fused-kernel service` */
export async function serviceCommand(words: string[]): Promise<number> {
  const options = {
    data: { type: "string" },
    "database-url": { type: "string" },
    port: { type: "string" },
    host: { type: "string" },
    "public-url": { type: "string" },
    "oidc-issuer": { type: "string" },
    "oidc-audience": { type: "string" },
    "oidc-client-id": { type: "string" },
    "realtime-limit": { type: "string" },
    memory: { type: "string" },
    "allow-private": { type: "string", multiple: true },
    quiet: { type: "boolean" },
  } as const;
  const { values } = parseArguments(words, options, []);
  const given: Partial<ServiceSettings> = {
    dataFolder: values.data,
    databaseUrl: values["database-url"] ?? process.env["FUSED_DATABASE_URL"],
    port: numberOf("--port", values.port, 0, 65_535),
    host: values.host,
    publicUrl: urlOf("--public-url", values["public-url"]),
    oidcIssuer: urlOf("--oidc-issuer", values["oidc-issuer"]),
    oidcAudience: values["oidc-audience"],
    oidcClientId: values["oidc-client-id"],
    realtimeSeconds: numberOf("--realtime-limit", values["realtime-limit"], 1, 86_400),
    realtimeMemoryMb: numberOf("--memory", values.memory, 16, 1_000_000),
    allowPrivate: values["allow-private"],
    masterKey: keyOf(process.env["FUSED_SERVICE_KEY"]),
    accessLog: values.quiet ? undefined : (line) => process.stderr.write(`${line}\n`),
  };
  const settings = serviceSettings(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<ServiceSettings>,
  );
  const { startService } = await import("../service/start-service.ts");
  const service = await startService(settings).catch((error: unknown) => {
    throw explain(error, settings);
  });
  describe(service, settings);
  await untilEnded(service);
  return 0;
}

function describe({ url, token, isNewToken }: Service, { dataFolder }: ServiceSettings): void {
  console.log(`Service: ${url}/server/v1`);
  if (token === undefined) return;
  if (isNewToken) {
    console.log(`Your token, which lets programs in as you: ${token}`);
    console.log(`It is kept in ${dataFolder}/token, which only you can read.`);
  }
}

function numberOf(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option} ${text}: a whole number from ${least} to ${most}`);
}

function urlOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username) return text;
  throw new UsageError(`${option} ${text}: an http or https address without a query`);
}

function keyOf(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  if (/^([\da-f]{2}){32,}$/i.test(text)) return Buffer.from(text, "hex");
  throw new UsageError("FUSED_SERVICE_KEY: at least 64 hexadecimal digits, such as `openssl rand -hex 32` prints");
}

function explain(error: unknown, { host, port }: ServiceSettings): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new Error(`port ${port} is taken: name another with --port`);
  if (code === "EACCES") return new Error(`port ${port} may not be opened: ports below 1024 are the administrator's`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return new Error(`${host} is no address of this machine`);
  return error;
}

/** Lives until a signal; a second one does not wait. */
async function untilEnded(service: Service): Promise<void> {
  const stop = Promise.withResolvers<void>();
  let stopping = 0;
  const onSignal = () => {
    // One Ctrl-C may come twice: from the terminal, and passed on by the process that started us.
    if (stopping > 0 && performance.now() - stopping > 700) process.exit(130);
    stopping ||= performance.now();
    stop.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  await stop.promise;
  console.log("Ending …");
  await service.close();
}
