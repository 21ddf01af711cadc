import type { WidgetEnv } from "../../front/mount.ts";
import type { Transport } from "../../front/transport.ts";
import type { TimeSpec } from "../map-spec.ts";
import { afterRest } from "./after-rest.ts";
import type { LayerState } from "./layer-state.ts";
import type { MapParts } from "./map-parts.ts";
import { timeBar } from "./time-bar.ts";

/** A parameter of the UDF is set so long after the slider has come to rest, milliseconds. */
const pause = 150;

/** The slider of time: which of the features are shown, or what a parameter of the UDF is. */
export interface MapTime {
  /** Gives layers what hides features out of the window; its code is fetched where there is something to hide. */
  filter(spec: TimeSpec | undefined, layers: LayerState[]): Promise<void>;
  show(spec: TimeSpec | undefined, layers: LayerState[]): void;
  close(): void;
}

/** @param changed called when other features are to be shown */
export function mapTime(
  { root, time: place }: MapParts,
  transport: Transport,
  { kept, reducedMotion }: WidgetEnv,
  changed: () => void,
): MapTime {
  const parameters = afterRest<Record<string, unknown>>(pause, (values) => transport.send("param", { values }));
  let bar: ReturnType<typeof timeBar> | undefined;
  const keptTime = () => kept["time"] as number | undefined;
  const isUnmoved = (spec: TimeSpec) => spec.startsWhole === true && keptTime() === undefined;
  return {
    async filter(spec, layers) {
      if (spec?.field === undefined) {
        for (const layer of layers) layer.time = undefined;
        return;
      }
      const { DataFilterExtension } = await import("@deck.gl/extensions");
      const extension = layers[0]?.time?.extension ?? new DataFilterExtension({ filterSize: 1 });
      const at = keptTime() ?? spec.to;
      const isWhole = isUnmoved(spec);
      for (const layer of layers) layer.time = { spec, at, isWhole, extension };
    },
    show(spec, layers) {
      bar?.close();
      bar = undefined;
      root.classList.toggle("has-time", spec !== undefined);
      if (!spec) return;
      const { parameter, isDate, from, to } = spec;
      let isFirst = true;
      bar = timeBar(place, spec, keptTime() ?? (parameter === undefined ? to : from), {
        isStill: reducedMotion,
        isWhole: isUnmoved(spec),
        moved(at) {
          if (!(isFirst && isUnmoved(spec))) {
            kept["time"] = at;
            for (const { time } of layers) if (time) Object.assign(time, { at, isWhole: false });
          }
          if (parameter !== undefined && !isFirst)
            parameters.put({ [parameter]: isDate ? new Date(at).toISOString() : at });
          isFirst = false;
          changed();
        },
      });
    },
    close() {
      parameters.close();
      bar?.close();
    },
  };
}
