import type { ServiceContext } from "./context.ts";
import { openPostgres } from "./database/postgres.ts";
import { startBatchWorker } from "./jobs/batch-worker.ts";
import { openParts } from "./open-parts.ts";
import type { ServiceSettings } from "./settings.ts";

export interface Worker {
  /** As logs and tables name it. */
  name: string;
  /** Gives what it has not done to other workers, and ends. Again: waits for the same end. */
  close(): Promise<void>;
}

/**
 * Starts a worker of batch jobs on this machine, without any HTTP.
 * @param settings `databaseUrl` and `publicUrl` must be there: the latter is where its runs find `fd://` files
 * @throws Error where the database cannot be reached
 */
export async function startWorker(
  settings: ServiceSettings & { databaseUrl: string; publicUrl: string },
): Promise<Worker> {
  const { base, queue, close } = await openParts(settings, openPostgres(settings.databaseUrl));
  try {
    const url = settings.publicUrl.replace(/\/+$/, "");
    const context: ServiceContext = { ...base, url, localUrl: url };
    const worker = startBatchWorker(context, queue, settings.batch);
    context.onClose(() => worker.close());
    return { name: worker.name, close };
  } catch (error) {
    await close();
    throw error;
  }
}
