import { FusedAPI } from "./api/fused-api.ts";
import { api } from "./api/index.ts";
import { Jobs, RunResponse } from "./api/run-response.ts";
import { cache } from "./cache/index.ts";
import { context } from "./context.ts";
import * as core from "./core.ts";
import { NotebookCredentials } from "./credentials/notebook-credentials.ts";
import * as errors from "./errors.ts";
import { download, filePath } from "./files/download.ts";
import { encode, FormatError } from "./formats/index.ts";
import { readFile, writeFile } from "./files/own-files.ts";
import * as http from "./http.ts";
import { JobPool } from "./job-pool.ts";
import { load } from "./load/load.ts";
import { options, setOption } from "./options.ts";
import { readRaster } from "./raster.ts";
import { registerMagic } from "./register-magic.ts";
import { closeEngine, useEngine } from "./run-engine.ts";
import { run } from "./run.ts";
import { gcsCredentialsFile, secrets } from "./secrets.ts";
import { sql } from "./sql.ts";
import { submit } from "./submit.ts";
import { getChunkFromTable, getChunksMetadata } from "./tables/index.ts";
import * as tiles from "./tiles/index.ts";
import { udf } from "./udf.ts";

/** The SDK: what cells see as `fused` and scripts get from `import fused from "fused-kernel"`. */
const fused = {
  udf,
  load,
  /** The same as `load`, which is asynchronous by itself. */
  loadAsync: load,
  run,
  /** The older calls for one UDF of the service: by account, or by shared token. */
  core: { ...core },
  submit,
  cache,
  download,
  filePath,
  readFile,
  writeFile,
  sql,
  readRaster,
  encode,
  getChunksMetadata,
  getChunkFromTable,
  /** What the service has beside runs: who is logged in, files, saved UDFs, tokens, jobs. */
  api,
  /** Addresses at which UDFs answer. */
  http: { ...http },
  FusedAPI,
  RunResponse,
  Jobs,
  /** Logs in to the service: `await new fused.NotebookCredentials().ready`. */
  NotebookCredentials,
  secrets,
  /** Older name of `secrets`, read-only there. */
  userSecrets: secrets,
  gcsCredentialsFile,
  context,
  options,
  setOption,
  // Spread, because what a bundle makes of a module shows as a list of [Getter].
  tiles: { ...tiles } as typeof tiles,
  /** Values of the types that annotate parameters; the types themselves are exported as `types`. */
  types: { Bounds: tiles.createBounds, TileXYZ: tiles.createTile },
  JobPool,
  registerMagic,
  useEngine,
  /** Ends the local engine that runs have started; a script that is done calls this or just exits. */
  close: closeEngine,
  ...errors,
  FormatError,
};

export default fused;
export type { CachedFunction, CacheOptions, ClearOptions, ListedEntry } from "./cache/index.ts";
export { cache } from "./cache/index.ts";
export { context } from "./context.ts";
export type { FusedApiOptions } from "./api/fused-api.ts";
export { FusedAPI } from "./api/fused-api.ts";
export { api } from "./api/index.ts";
export type { JobRecord, JobStatus, LogRecord } from "./api/jobs.ts";
export { RunResponse } from "./api/run-response.ts";
export type { JobConfig, StartJobOptions } from "./api/start-job.ts";
export type { UdfAccessToken } from "./api/udf-access-token.ts";
export type { LoginOptions } from "./credentials/notebook-credentials.ts";
export { NotebookCredentials } from "./credentials/notebook-credentials.ts";
export * from "./errors.ts";
export type { DownloadOptions, FilePathOptions } from "./files/download.ts";
export { download, filePath } from "./files/download.ts";
export { readFile, writeFile } from "./files/own-files.ts";
export type { Encoded, EncodeOptions, FormatName } from "./formats/index.ts";
export { encode, FormatError, formats, mediaTypes } from "./formats/index.ts";
export { gcsCredentialsFile, secrets } from "./secrets.ts";
export { readRaster } from "./raster.ts";
export { sql } from "./sql.ts";
export { getChunkFromTable, getChunksMetadata } from "./tables/index.ts";
export type { DisplayBundle, DisplaySink } from "./display-sink.ts";
export { setDisplaySink } from "./display-sink.ts";
export type { CollectedTable, CollectOptions } from "./job-pool-collect.ts";
export type { PoolProgress, PoolView } from "./job-pool-display.ts";
export { setPoolView } from "./job-pool-display.ts";
export type { PoolItem, WaitOptions } from "./job-pool.ts";
export type { TaskStatus } from "./job-pool-tasks.ts";
export { JobPool } from "./job-pool.ts";
export type { LoadOptions } from "./load/load.ts";
export { load } from "./load/load.ts";
export type { FusedOptions } from "./options.ts";
export { options, setOption } from "./options.ts";
export type { Raster } from "./results-raster.ts";
export type { UserMagic } from "./register-magic.ts";
export { registerMagic } from "./register-magic.ts";
export { useEngine } from "./run-engine.ts";
export type { LogSink, RunLogLine } from "./run-logs.ts";
export { setLogSink } from "./run-logs.ts";
export type { RunOptions } from "./run-options.ts";
export type { RunResult } from "./run-result.ts";
export { run } from "./run.ts";
export type { MapOptions, SubmitOptions } from "./submit.ts";
export { submit } from "./submit.ts";
export type { Udf, UdfSource } from "./udf.ts";
export { setFunctionSourceProvider, udf } from "./udf.ts";
export type { UdfOptions } from "./udf-options.ts";
export { tiles };
export type * as types from "./types.ts";
