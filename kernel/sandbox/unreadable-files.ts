import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/**
 * What this process may not read is as good as not there: `existsSync` throws under Node's permission model, and code that
 * looks for packages in the folders above would end at the first of them.
 */
const exists = fs.existsSync;
fs.existsSync = (path) => {
  try {
    return exists(path);
  } catch {
    return false;
  }
};
syncBuiltinESMExports();
