import type { KernelHalf, KernelHalfFactory, PageLine } from "../../widget-kernel.ts";
import type { MapSpec } from "../map-spec.ts";
import type { MapMore } from "./map-definition.ts";
import type { DataTiles } from "./data-tiles.ts";
import { mapTiles } from "./map-tiles.ts";
import type { MapTiles, TileRequest } from "./map-tiles.ts";
import { sendData } from "./send-data.ts";
import type { SourceTiles } from "./source-tiles.ts";

/** The kernel half of a map: tiles, the data of its layers, and the way between its pages and its handle in a cell. */
export const mapHalf: KernelHalfFactory = (definition, services): KernelHalf => {
  let spec = definition.spec as unknown as MapSpec;
  let { udfs, data, sources = {} } = definition.more as MapMore;
  let parts = definition.parts;
  let tiles = open(0);

  function open(generation: number): MapTiles {
    let drawer: Promise<DataTiles> | undefined;
    const drawData: DataTiles = async (layer, tile, range) => {
      drawer ??= import("./data-tiles.ts").then(({ dataTiles }) => dataTiles(spec, data, parts));
      return (await drawer)(layer, tile, range);
    };
    let fetcher: Promise<SourceTiles> | undefined;
    const fetchTile: SourceTiles = async (name, tile, signal) => {
      fetcher ??= import("./source-tiles.ts").then(({ sourceTiles }) => sourceTiles(sources));
      return (await fetcher)(name, tile, signal);
    };
    return mapTiles({ udfs, sources: Object.keys(sources), drawData, fetchTile }, services, generation);
  }
  const present = (): Record<string, unknown> => ({ ...spec, generation: tiles.generation });
  return {
    spec: present,
    async receive(page: PageLine, kind, fields) {
      switch (kind) {
        case "tile":
          return tiles.request(page, fields as unknown as TileRequest);
        case "cancel":
          return tiles.cancel(page, fields["reqs"] as number[]);
        case "credit":
          return tiles.credit(page, Number(fields["tiles"]), Number(fields["bytes"]));
        case "view": {
          const { longitude, latitude } = fields as { longitude: number; latitude: number };
          tiles.look({ longitude, latitude });
          return services.toSession("view", fields);
        }
        case "param": {
          const values = fields["values"] as Record<string, unknown>;
          const generation = tiles.setParameters(values);
          const controls = spec.controls?.map((each) =>
            Object.hasOwn(values, each.name) ? { ...each, value: values[each.name] } : each,
          );
          spec = { ...spec, controls };
          services.toPages("generation", { generation, controls });
          return services.toSession("param", { values });
        }
        case "data":
          return sendData(page, String(fields["data"]), data, parts);
        case "trace": {
          const id = String(fields["id"]);
          const text = tiles.trace(id) ?? "The text of this error is not kept any more.";
          return page.send("trace", { id, text });
        }
        case "counts":
          return page.send("counts", { ...tiles.counts });
        case "select":
        case "event":
          return services.toSession(kind, fields);
      }
    },
    closed: (page) => tiles.forget(page),
    fromSession(kind, fields, buffers) {
      if (kind === "command") return services.toPages("command", fields);
      if (kind !== "set") return;
      const { spec: next, more } = fields as { spec: MapSpec; more: MapMore };
      spec = next;
      ({ udfs, data, sources = {} } = more);
      parts = buffers;
      tiles.close();
      tiles = open(tiles.generation + 1);
      services.toPages("patch", { spec: present() });
    },
    bytes: () => parts.reduce((sum, each) => sum + each.length, 0) + tiles.bytes(),
    dispose: () => tiles.close(),
  };
};
