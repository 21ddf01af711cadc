import { serviceSettings, type ServiceSettings } from "../../service/settings.ts";
import { startWorker } from "../../service/start-worker.ts";

/** `fused-kernel worker` with every setting, for tests: the settings as JSON in the first argument. */
const settings = serviceSettings(JSON.parse(process.argv[2]!) as Partial<ServiceSettings>);
const worker = await startWorker(settings as ServiceSettings & { databaseUrl: string; publicUrl: string });
console.log(worker.name);
process.on("SIGTERM", () => void worker.close().then(() => process.exit(0)));
