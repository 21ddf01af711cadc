import { cd } from "./cd.ts";
import { config } from "./config.ts";
import { env } from "./env.ts";
import { fused } from "./fused.ts";
import { history } from "./history.ts";
import { html } from "./html.ts";
import { loadExt } from "./load-ext.ts";
import { job, jobs } from "./job.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { lsmagic } from "./lsmagic.ts";
import { map } from "./map.ts";
import { mapUdf } from "./map-udf.ts";
import { markdown } from "./markdown.ts";
import { npm } from "./npm.ts";
import { pool } from "./pool.ts";
import { registerMagic } from "./registry.ts";
import { reset } from "./reset.ts";
import { runTile } from "./run-tile.ts";
import { runUdf } from "./run-udf.ts";
import { bash, script } from "./script.ts";
import { tile } from "./tile.ts";
import { time } from "./time.ts";
import { timeit } from "./timeit.ts";
import { udf } from "./udf.ts";
import { who, whos } from "./who.ts";
import { whoami } from "./whoami.ts";

/** Every magic that comes with the kernel. Importing this makes them known. */
const builtin = [
  bash,
  cd,
  config,
  env,
  fused,
  history,
  html,
  job,
  jobs,
  loadExt,
  login,
  logout,
  lsmagic,
  map,
  mapUdf,
  markdown,
  npm,
  pool,
  reset,
  runTile,
  runUdf,
  script,
  tile,
  time,
  timeit,
  udf,
  who,
  whoami,
  whos,
];
for (const magic of builtin) registerMagic(magic);

export { poolView } from "./pool-view.ts";
export { findMagic, resolveMagic } from "./registry.ts";
export { onSettingChange } from "./settings.ts";
export { registerUserMagic } from "./user-magic.ts";
