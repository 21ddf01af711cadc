import type { CellOutput } from "../../widgets/controls/widget-host.ts";
import { takePlace } from "../../widgets/mime-bundle.ts";
import { describeError } from "./describe-error.ts";
import type { FromMain } from "./records.ts";
import { withSink } from "./reporter.ts";
import { toBundle } from "./show-value.ts";

type DisplayMessage = Extract<FromMain, { type: "display" }>;

/** Outputs are told of at most this often, milliseconds. */
const pause = 60;

/**
 * Runs work, and gathers what it prints, shows and gives, as a cell's outputs; also what it puts out later, from a timer.
 * @param changed called with all outputs so far
 */
export async function collectOutputs(work: () => unknown, changed: (outputs: CellOutput[]) => void): Promise<void> {
  let outputs: CellOutput[] = [];
  const byId = new Map<string, CellOutput>();
  let timer: NodeJS.Timeout | undefined;
  let isDone = false;
  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    changed(outputs);
  };
  // While it runs, what was there stays, so that nothing flickers; slow work shows what it has.
  const tellSoon = (): void => void (timer ??= setTimeout(tell, isDone ? pause : 10 * pause));
  const show = ({ bundle, displayId, update }: Pick<DisplayMessage, "bundle" | "displayId" | "update">): void => {
    const shown: CellOutput = { output_type: "display_data", ...bundle };
    const before = displayId === undefined ? undefined : byId.get(displayId);
    if (update && !before) return;
    outputs = before ? outputs.map((each) => (each === before ? shown : each)) : [...outputs, shown];
    if (displayId !== undefined) byId.set(displayId, shown);
  };
  const sink = {
    text(name: "stdout" | "stderr", text: string) {
      const last = outputs.at(-1);
      if (last?.output_type === "stream" && last.name === name) {
        outputs = [...outputs.slice(0, -1), { ...last, text: last.text + text }];
      } else outputs = [...outputs, { output_type: "stream", name, text }];
      tellSoon();
    },
    message(message: FromMain) {
      if (message.type === "clear") outputs = [];
      else if (message.type === "display") show(message);
      else return false;
      tellSoon();
      return true;
    },
  };
  try {
    const value = await withSink(sink, async () => work());
    if (value !== undefined) {
      const bundle = await withSink(sink, async () => toBundle(value));
      const place = takePlace(bundle);
      if (place) show({ bundle, ...place });
      else if (Object.keys(bundle.data).length > 0) outputs = [...outputs, { output_type: "display_data", ...bundle }];
    }
  } catch (error) {
    const { ename, evalue, stack } = describeError(error);
    outputs = [...outputs, { output_type: "error", ename, evalue, traceback: stack.split("\n") }];
  }
  isDone = true;
  tell();
}
