import { whoami } from "../../../fused/api/account.ts";
import fused from "../../../fused/index.ts";

/** A kernel like any other, as far as the log-in goes: says who it is, many times at once. Started by renew.test.ts. */
const users = await Promise.all(Array.from({ length: 5 }, () => whoami()));
process.stdout.write(JSON.stringify(users.map(({ handle }) => handle)));
void fused.close();
process.exit(0);
