import type { UdfSource } from "./udf-source.ts";
import type { PageCaps, WidgetKind } from "./widget-payload.ts";

/** What a session says of a display that it has shown, for pages that ask for more. */
export interface WidgetDefinition {
  id: string;
  kind: WidgetKind;
  /** What the notebook stores. */
  spec: Record<string, unknown>;
  /** Data, as it goes to pages. */
  parts: Uint8Array[];
  /** What else the kernel half needs: structured-cloneable, never in the notebook. */
  more?: unknown;
}

/** A page that has a widget open. */
export interface PageLine {
  readonly caps: PageCaps;
  send(kind: string, fields?: Record<string, unknown>, buffers?: Uint8Array[]): void;
}

/** The half of a widget that lives in the kernel process, and answers pages while cells run. */
export interface KernelHalf {
  /** The present spec, which a page gets when it opens the widget. */
  spec(): Record<string, unknown>;
  open?(page: PageLine): void;
  /** A message of a page. What it throws goes back to the page as `error`. */
  receive(page: PageLine, kind: string, fields: Record<string, unknown>, buffers: Uint8Array[]): void | Promise<void>;
  closed?(page: PageLine): void;
  /** A message of the handle in the session. */
  fromSession?(kind: string, fields: Record<string, unknown>, buffers: Uint8Array[]): void;
  /** Bytes that it keeps. */
  bytes(): number;
  dispose(): void;
}

/** What the kernel gives a widget's half. */
export interface WidgetServices {
  /** Runs a UDF for a tile on the engine host, or takes a kept result. */
  runUdf(
    source: UdfSource,
    parameters: Record<string, unknown>,
    tile: { x: number; y: number; z: number },
    signal: AbortSignal,
  ): Promise<UdfAnswer>;
  /** To the handle in the session. */
  toSession(kind: string, fields?: Record<string, unknown>, buffers?: Uint8Array[]): void;
  /** To every page that has the widget open. */
  toPages(kind: string, fields?: Record<string, unknown>, buffers?: Uint8Array[]): void;
}

/** A run's value and how it came about. */
export interface UdfAnswer {
  value?: unknown;
  /** In one line, and in full with the place in the source. */
  error?: { message: string; trace: string; kind: string };
  /** Milliseconds. */
  times: { queue: number; run: number };
  cached: boolean;
}

export type KernelHalfFactory = (definition: WidgetDefinition, services: WidgetServices) => KernelHalf;
