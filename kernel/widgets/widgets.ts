import type { KernelHalf, PageLine, WidgetDefinition } from "../../widgets/widget-kernel.ts";
import { widgetTarget } from "../../widgets/widget-payload.ts";
import type { OpenData } from "../../widgets/widget-payload.ts";
import type { EngineHost } from "../engine-host.ts";
import type { Iopub, Parent } from "../iopub.ts";
import { log } from "../receive.ts";
import type { CommMessage } from "../session/messages.ts";
import { loadFactory } from "./kinds.ts";
import { sourceRunner } from "./run-source.ts";

type Fields = Record<string, unknown>;

/** The widgets that this kernel has shown: what pages ask of them is answered here, also while a cell runs. */
export interface Widgets {
  /** The session has made a display. */
  define(definition: WidgetDefinition): void;
  /** The session's handle of a widget says something. */
  fromSession(id: string, kind: string, fields: Fields, buffers: Uint8Array[]): void;
  /**
   * A page's comm message.
   * @param via how answers get to the page
   * @returns false where it is none of a widget's
   */
  comm(message: CommMessage, parent: Parent, via: Via): Promise<boolean>;
  /** Answers as comm messages of the line's own. */
  direct: Via;
  /** A widget's present spec; undefined where it is not known. */
  spec(id: string): Promise<Fields | undefined>;
  close(): void;
}

/** Publishes a comm message of ours. */
export type Via = (
  type: "comm_msg" | "comm_close",
  parent: Parent,
  commId: string,
  data: Fields,
  buffers?: Uint8Array[],
) => void;

interface Shown {
  half: Promise<KernelHalf>;
  made?: KernelHalf;
  pages: Set<Page>;
}

interface Page extends PageLine {
  widget: Shown;
  parent: Parent;
}

/** Bytes that all widgets together may keep; those used longest ago are given up, and their displays stay pictures. */
const budget = 512 << 20;
/** Widgets without data of their own are small, but not nothing. */
const mostWidgets = 1000;

export function createWidgets(
  iopub: Iopub,
  engine: EngineHost,
  tellSession: (id: string, kind: string, fields: Fields, buffers: Uint8Array[]) => void,
): Widgets {
  /** The one used longest ago first. */
  const widgets = new Map<string, Shown>();
  const pages = new Map<string, Page>();
  const runUdf = sourceRunner(engine);
  const direct: Via = (type, parent, comm_id, data, buffers = []) =>
    iopub.publish(type, parent, { comm_id, data }, { buffers: buffers.map(asBuffer) });

  const use = (id: string): Shown | undefined => {
    const widget = widgets.get(id);
    if (widget && widgets.delete(id)) widgets.set(id, widget);
    return widget;
  };
  const giveUp = (id: string, widget: Shown): void => {
    widgets.delete(id);
    void widget.half.then((half) => half.dispose()).catch(() => {});
    for (const page of widget.pages)
      page.send("expired", { reason: "the kernel needed its memory for later displays" });
  };
  const keepWithin = (latest: Shown): void => {
    let sum = 0;
    for (const { made } of widgets.values()) sum += made?.bytes() ?? 0;
    for (const [id, widget] of widgets) {
      if (widget === latest || (sum <= budget && widgets.size <= mostWidgets)) return;
      sum -= widget.made?.bytes() ?? 0;
      giveUp(id, widget);
    }
  };

  async function open(commId: string, { id, kind, caps }: OpenData, parent: Parent, via: Via): Promise<void> {
    const widget = use(id);
    if (!widget) {
      via("comm_msg", parent, commId, { kind: "expired", reason: "this kernel does not know the display" });
      return via("comm_close", parent, commId, {});
    }
    const page: Page = {
      widget,
      parent,
      caps,
      send: (said, fields = {}, buffers) => via("comm_msg", page.parent, commId, { kind: said, ...fields }, buffers),
    };
    pages.set(commId, page);
    try {
      const half = await widget.half;
      if (!pages.has(commId)) return;
      widget.pages.add(page);
      page.send("opened", { proto: 1, spec: half.spec() });
      half.open?.(page);
    } catch (error) {
      log(`${kind} ${id}: ${(error as Error).stack}`);
      page.send("expired", { reason: (error as Error).message });
    }
  }

  return {
    define(definition) {
      const { id, kind } = definition;
      const widget: Shown = { half: undefined as never, pages: new Set() };
      const toPages = (said: string, fields?: Fields, buffers?: Uint8Array[]): void => {
        for (const page of widget.pages) page.send(said, fields, buffers);
      };
      widget.half = loadFactory(kind).then((make) => {
        widget.made = make(definition, {
          runUdf,
          toPages,
          toSession: (said, fields = {}, buffers = []) => tellSession(id, said, fields, buffers),
        });
        keepWithin(widget);
        return widget.made;
      });
      widget.half.catch((error: Error) => log(`${kind} ${id}: ${error.stack}`));
      widgets.set(id, widget);
    },
    fromSession(id, kind, fields, buffers) {
      void use(id)
        ?.half.then((half) => half.fromSession?.(kind, fields, buffers))
        .catch((error: Error) => log(`widget ${id}: ${error.stack}`));
    },
    direct,
    async spec(id) {
      const half = await use(id)?.half.catch(() => undefined);
      return half?.spec();
    },
    async comm({ type, content, buffers }, parent, via) {
      const commId = String(content.comm_id);
      if (type === "comm_open") {
        if (content.target_name !== widgetTarget) return false;
        await open(commId, content.data as OpenData, parent, via);
        return true;
      }
      const page = pages.get(commId);
      if (!page) return false;
      page.parent = parent;
      const half = await page.widget.half.catch(() => undefined);
      if (type === "comm_close") {
        pages.delete(commId);
        page.widget.pages.delete(page);
        half?.closed?.(page);
        return true;
      }
      const { kind, ...fields } = content.data as { kind: string } & Fields;
      try {
        await half?.receive(page, String(kind), fields, buffers);
      } catch (error) {
        log(`${String(kind)}: ${(error as Error).stack}`);
        page.send("error", { of: kind, message: (error as Error).message });
      }
      return true;
    },
    close() {
      for (const { made } of widgets.values()) made?.dispose();
      widgets.clear();
    },
  };
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
