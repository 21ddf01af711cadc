import type { Transport } from "../../front/transport.ts";
import type { ControlSpec } from "../map-spec.ts";
import type { Bounds } from "../mercator.ts";
import type { ViewState } from "./view-state.ts";

/** What the kernel says to a map; the answers to its own questions are heard where they were asked. */
export interface MapMessages {
  /** Parameters have changed: tiles from before are old. */
  generation(generation: number, controls: ControlSpec[] | undefined): void;
  /** @param duration milliseconds */
  flyTo(view: Partial<ViewState>, duration: number | undefined): void;
  fitBounds(bounds: Bounds): void;
  /** The kernel has gone, or is there again. */
  gone(isGone: boolean): void;
}

/** @returns ends the hearing */
export function hearMap(transport: Transport, { generation, flyTo, fitBounds, gone }: MapMessages): () => void {
  const ends = [
    transport.onMessage((kind, fields) => {
      if (kind === "generation")
        generation(Number(fields["generation"]), fields["controls"] as ControlSpec[] | undefined);
      if (kind !== "command") return;
      if (fields["name"] === "flyTo")
        flyTo(fields["view"] as Partial<ViewState>, fields["duration"] as number | undefined);
      if (fields["name"] === "fitBounds") fitBounds(fields["bounds"] as Bounds);
    }),
    transport.onState((state) => gone(state === "gone")),
  ];
  return () => {
    for (const end of ends) end();
  };
}
