import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import type { Channel } from "../channel.ts";
import type { Executor } from "../session/execute.ts";
import type { FromSession, ToSession } from "../session/messages.ts";
import type { ShownError } from "../session/records.ts";
import { toBundle } from "../session/show-value.ts";
import { valueText } from "../session/values/value-text.ts";
import { readData, readValues } from "./boundary-values.ts";
import type { Evaluations } from "./evaluations.ts";
import { harmlessText } from "./harmless-text.ts";
import type { Outputs } from "./outputs.ts";
import { bytes, count, flag, json, list, record, text } from "./read-plain.ts";
import { safeBundle } from "./safe-bundle.ts";
import type { SandboxUdfs } from "./sandbox-udfs.ts";

export interface MessageLinks {
  kernel: Channel<ToSession, FromSession>;
  outputs: Outputs;
  executor: Executor;
  evaluations: Evaluations;
  udfs(): SandboxUdfs;
}

const longestMessage = 64 << 20;
const mostBytes = 80 << 20;
const longestText = 1 << 20;

/** Takes a message of a notebook's isolate (isolate/channel.ts). Whatever stands in it may be hostile. */
export function readMessage(content: unknown, body: unknown, links: MessageLinks): void {
  const { kernel, outputs, executor, evaluations, udfs } = links;
  const message = json(content, longestMessage);
  const data = bytes(body, mostBytes);
  const execution = count(message["execution"]);
  const error = message["error"] === undefined ? undefined : readError(message["error"]);
  switch (message["type"]) {
    case "show":
      return outputs.next(async () => {
        const bundle = await draw(message["shown"], data, udfs);
        if (message["of"] === "result") return kernel.send({ type: "result", execution, bundle });
        const displayId = text(message["displayId"], 1000) || undefined;
        kernel.send({ type: "display", execution, bundle, displayId, update: flag(message["update"]) });
      });
    case "clear":
      return outputs.next(() => kernel.send({ type: "clear", execution, wait: flag(message["wait"]) }));
    case "finished":
      return outputs.next(() => executor.finished({ type: "finished", execution, error }));
    case "answer":
      return outputs.next(async () => {
        const id = count(message["id"]);
        const value = error ? undefined : await draw(message["shown"], data, udfs);
        executor.answered({ type: "answer", execution, id, value, error });
      });
    case "stray":
      if (!error) return;
      return outputs.next(() =>
        executor.showStray({ type: "stray", execution, what: text(message["what"], 200), error }),
      );
    case "evaluated":
      return void readValues(list(message["values"], 1), data, udfs).then(
        ([value]) => evaluations.settled(count(message["id"]), value, error),
        ({ name, message: evalue }: Error) =>
          evaluations.settled(count(message["id"]), undefined, { ename: name, evalue, stack: `${name}: ${evalue}` }),
      );
  }
}

/** A bundle of what is to be shown: drawn here from plain data, or made by the notebook and cleaned. */
async function draw(shown: unknown, data: Uint8Array | undefined, udfs: () => SandboxUdfs): Promise<MimeBundle> {
  const { text: plain, bundle, udf } = record(shown);
  if (bundle !== undefined) return safeBundle({ data: record(bundle), metadata: {} }, false);
  if (typeof plain === "string")
    return { data: { "text/plain": harmlessText(plain.slice(0, longestText)) }, metadata: {} };
  if (udf !== undefined) return safeBundle(await toBundle(udfs().get(udf)), true);
  if (!data) return { data: {}, metadata: {} };
  const value = await readData(data);
  try {
    return safeBundle(await toBundle(value), true);
  } catch {
    return { data: { "text/plain": harmlessText(valueText(value)) }, metadata: {} };
  }
}

function readError(value: unknown): ShownError {
  const { ename, evalue, stack } = record(value);
  const name = text(ename, 200) || "Error";
  return {
    ename: harmlessText(name),
    evalue: harmlessText(text(evalue, longestText)),
    stack: harmlessText(text(stack, longestText) || name),
  };
}
