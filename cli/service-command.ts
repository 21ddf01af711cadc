import { parseArguments, UsageError } from "./arguments.ts";
import { defaultDataFolder, serviceSettings, type ServiceSettings } from "../service/settings.ts";
import type { Service } from "../service/start-service.ts";
import { explainDatabase, explainFolder, isDatabaseError } from "./explain-start.ts";
import { bytesOf, databaseUrlOf, numberOf, serviceKeys, sizesOf, urlOf } from "./option-values.ts";
import { untilSignal } from "./until-signal.ts";

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
      --work SIZES          kinds of batch jobs that it works itself: small,medium,large (default: all) or none
      --admin EMAIL         who may read the audit log of the team; may be repeated
      --quota-requests N    requests a minute, per team and replica (default: any number)
      --quota-runs N        realtime runs at a time, per team and replica (default: any number)
      --quota-bytes N       bytes in the files of a team, such as 500M or 20G (default: any number)
      --quiet               no access log

Several replicas share a Postgres, a folder (--data) and a key: FUSED_SERVICE_KEY in the environment, at least 64
hexadecimal digits. What an earlier key has encrypted opens with FUSED_SERVICE_PREVIOUS_KEY.`;

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
    work: { type: "string" },
    admin: { type: "string", multiple: true },
    "quota-requests": { type: "string" },
    "quota-runs": { type: "string" },
    "quota-bytes": { type: "string" },
    quiet: { type: "boolean" },
  } as const;
  const { values } = parseArguments(words, options, []);
  for (const name of ["oidc-audience", "oidc-client-id"] as const) {
    if (values[name] !== undefined && values["oidc-issuer"] === undefined)
      throw new UsageError(`--${name} needs --oidc-issuer URL, the provider it is about`);
  }
  const noAddress = values.admin?.find((each) => !/^\S+@\S+$/.test(each));
  if (noAddress !== undefined) throw new UsageError(`--admin ${noAddress}: an e-mail address`);
  const usual = serviceSettings();
  const given: Partial<ServiceSettings> = {
    dataFolder: values.data,
    databaseUrl: databaseUrlOf(values["database-url"]),
    port: numberOf("--port", values.port, 0, 65_535),
    host: values.host,
    publicUrl: urlOf("--public-url", values["public-url"]),
    oidcIssuer: urlOf("--oidc-issuer", values["oidc-issuer"]),
    oidcAudience: values["oidc-audience"],
    oidcClientId: values["oidc-client-id"],
    realtimeSeconds: numberOf("--realtime-limit", values["realtime-limit"], 1, 86_400),
    realtimeMemoryMb: numberOf("--memory", values.memory, 16, 1_000_000),
    allowPrivate: values["allow-private"],
    admins: values.admin,
    batch: { ...usual.batch, sizes: sizesOf("--work", values.work) ?? usual.batch.sizes },
    quotas: {
      requestsPerMinute: numberOf("--quota-requests", values["quota-requests"], 1, 1e9) ?? 0,
      concurrentRuns: numberOf("--quota-runs", values["quota-runs"], 1, 1e6) ?? 0,
      storedBytes: bytesOf("--quota-bytes", values["quota-bytes"]) ?? 0,
    },
    ...serviceKeys(),
    accessLog: values.quiet ? undefined : (line) => process.stderr.write(`${line}\n`),
  };
  const settings = serviceSettings(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<ServiceSettings>,
  );
  const { startService } = await import("../service/start-service.ts");
  const service = await startService(settings).catch((error: unknown) => {
    throw explain(error, settings);
  });
  await describe(service, settings);
  await untilSignal();
  console.log("Ending …");
  await service.close();
  return 0;
}

async function describe(service: Service, { dataFolder }: ServiceSettings): Promise<void> {
  const { url, token, isNewToken, loginLink } = service;
  console.log(`Service: ${url}/server/v1`);
  if (token === undefined) return;
  if (isNewToken) {
    console.log(`Your token, which lets programs in as you: ${token}`);
    console.log(`It is kept in ${dataFolder}/token, which only you can read.`);
  }
  if (loginLink)
    console.log(`To log in from a browser with a click, open once within 15 minutes: ${await loginLink()}`);
}

function explain(error: unknown, { host, port, databaseUrl, dataFolder }: ServiceSettings): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (databaseUrl !== undefined && isDatabaseError(error)) return explainDatabase(error, databaseUrl);
  if (syscall === "mkdir" || syscall === "open") return explainFolder(error, dataFolder);
  if (code === "EADDRINUSE") return new Error(`port ${port} is taken: name another with --port`);
  if (code === "EACCES") return new Error(`port ${port} may not be opened: ports below 1024 are the administrator's`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return new Error(`${host} is no address of this machine`);
  return explainFolder(error, dataFolder);
}
