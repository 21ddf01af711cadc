import { defaultDataFolder, serviceSettings } from "../service/settings.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { explainDatabase, isDatabaseError } from "./explain-start.ts";
import { databaseUrlOf, numberOf, serviceKeys, sizesOf, urlOf } from "./option-values.ts";
import { untilSignal } from "./until-signal.ts";

const defaultServiceUrl = "http://127.0.0.1:8787";

export const workerHelp = `Usage: fused-kernel worker --database-url URL [options]

Adds this machine to a service: it takes batch jobs from the service's Postgres and runs them. As many as you like, and each
may come and go: what one has not done when it ends, or is lost, another goes on with. Ctrl-C ends it.

      --database-url URL    the service's Postgres
                            (or FUSED_DATABASE_URL in the environment, where nobody else sees its password)
      --service-url URL     where the service is reached from here, for files (default: ${defaultServiceUrl})
      --data DIR            where runs keep what they download and cache (default: ${defaultDataFolder()})
      --sizes SIZES         kinds of jobs that it takes: small,medium,large (default: all)
      --parts N             parts of jobs at a time, of each size (default: 4); their runs share this machine's cores
      --allow-private HOST  a private address that UDFs may reach all the same; may be repeated

It needs the service's key, FUSED_SERVICE_KEY in the environment, to open the secrets of those whose jobs it runs.`;

/** `fused-kernel worker` */
export async function workerCommand(words: string[]): Promise<number> {
  const options = {
    "database-url": { type: "string" },
    "service-url": { type: "string" },
    data: { type: "string" },
    sizes: { type: "string" },
    parts: { type: "string" },
    "allow-private": { type: "string", multiple: true },
  } as const;
  const { values } = parseArguments(words, options, []);
  const databaseUrl = databaseUrlOf(values["database-url"]);
  if (databaseUrl === undefined)
    throw new UsageError("--database-url is missing: a worker takes its jobs from a Postgres");
  const usual = serviceSettings();
  const sizes = sizesOf("--sizes", values.sizes) ?? usual.batch.sizes;
  if (sizes.length === 0) throw new UsageError("--sizes none: a worker without work has nothing to do");
  const settings = serviceSettings({
    dataFolder: values.data,
    allowPrivate: values["allow-private"] ?? [],
    batch: { ...usual.batch, sizes, partsAtOnce: numberOf("--parts", values.parts, 1, 64) ?? usual.batch.partsAtOnce },
    ...serviceKeys(),
  });
  const publicUrl = urlOf("--service-url", values["service-url"]) ?? defaultServiceUrl;
  const { startWorker } = await import("../service/start-worker.ts");
  const worker = await startWorker({ ...settings, databaseUrl, publicUrl }).catch((error: unknown) => {
    throw isDatabaseError(error) ? explainDatabase(error, databaseUrl) : error;
  });
  console.log(`Worker: ${worker.name} takes jobs of the sizes ${sizes.join(", ")}`);
  await untilSignal();
  console.log("Ending …");
  await worker.close();
  return 0;
}
