import type { Transport } from "./transport.ts";

export type Theme = "light" | "dark";

/** What surrounds a widget on its page. */
export interface WidgetEnv {
  theme(): Theme;
  onTheme(listener: (theme: Theme) => void): () => void;
  /** Width of the place that the widget is for, CSS pixels: its element may not be on the page yet. */
  width(): number;
  /** Address of the picture that the notebook stores of the display. */
  picture?: string;
  /** The reader wants no animation. */
  reducedMotion: boolean;
  /** What the widget wants to find again after it was taken off the page to spare resources: its view, say. */
  kept: Record<string, unknown>;
}

export interface MountedWidget {
  /** The spec has changed. */
  update(spec: Record<string, unknown>): void;
  /** What the widget shows now, as PNG. */
  snapshot(): Promise<Blob>;
  dispose(): void;
  /** Resolves when something is to be seen, where that takes a while: the stored picture stands until then. */
  drawn?: Promise<void>;
}

/**
 * Puts a widget into an element.
 * @throws NeedsKernel where it has nothing to show without its kernel, which is gone: the stored picture is shown then
 */
export type Mount = (
  element: HTMLElement,
  transport: Transport,
  spec: Record<string, unknown>,
  env: WidgetEnv,
) => MountedWidget | Promise<MountedWidget>;

export class NeedsKernel extends Error {
  override name = "NeedsKernel";
}
