import { setWidgetHost } from "../../widgets/controls/widget-host.ts";
import { collectOutputs } from "./collect-outputs.ts";
import type { SessionComms } from "./comms.ts";
import type { Reporter } from "./reporter.ts";

/** Connects the controls of cells with the front ends. */
export function linkControls({ jupyter, hasWidgets }: SessionComms, reporter: Reporter): void {
  setWidgetHost({
    openComm: jupyter.openComm,
    hasWidgets,
    display: (bundle, displayId, update) =>
      reporter.message({ type: "display", execution: reporter.execution(), bundle, displayId, update }),
    collect: collectOutputs,
  });
}
