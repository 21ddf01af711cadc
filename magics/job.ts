import { readFlags } from "./arguments.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

const needsService =
  "Batch jobs are run by the Fused service, which this version of fused-kernel has no client for. Pools of runs on this " +
  "machine: %%map_udf NAME --pool VARIABLE, then %pool VARIABLE status.";

function jobMagic(name: string, summary: string, usage: string): Magic {
  return {
    name,
    kinds: ["line"],
    summary,
    usage: `${usage}\n\n${needsService}`,
    run({ line }) {
      readFlags(`%${name}`, line, {});
      throw new MagicError(`%${name} needs the service. ${needsService}`);
    },
  };
}

export const job = jobMagic("job", "Looks after a batch job of the service.", "%job ID status | tail | cancel | wait");

export const jobs = jobMagic("jobs", "Lists the last batch jobs of the service.", "%jobs [N]");
