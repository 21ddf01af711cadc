import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceContext } from "./context.ts";
import { incomingFolder } from "./files/store-file.ts";

const pause = 6 * 3600_000;
const uploadHours = 24;

/** Removes what is past its time: ended jobs, audit entries, uploads that nobody goes on with. At once, then every 6 hours. */
export function startSweeping(context: ServiceContext): void {
  const run = () => void sweep(context).catch(() => {});
  run();
  const timer = setInterval(run, pause).unref();
  context.onClose(() => clearInterval(timer));
}

/** Replicas may do it at the same time. @throws DatabaseError */
export async function sweep({ database, settings }: ServiceContext): Promise<void> {
  const { jobDays, auditDays } = settings;
  await database.query(`delete from fused.jobs where ended_at < now() - make_interval(days => $1)`, [jobDays]);
  await database.query(`delete from fused.audit where at < now() - make_interval(days => $1)`, [auditDays]);
  await database.query(`delete from fused.uploads where begun_at < now() - make_interval(hours => $1)`, [uploadHours]);
  const folder = incomingFolder(settings);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs = Infinity } = (await stat(path).catch(() => undefined)) ?? {};
    if (Date.now() - mtimeMs > uploadHours * 3600_000) await rm(path, { force: true });
  }
}
