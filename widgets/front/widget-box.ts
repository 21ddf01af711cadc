import type { WidgetEntry } from "../widget-payload.ts";
import { badge } from "./badge.ts";
import { givePlace, keepPlace, takePlace } from "./live-budget.ts";
import type { LiveWidget } from "./live-budget.ts";
import { keptTransport } from "./kept-transport.ts";
import { loadMount } from "./load.ts";
import { NeedsKernel } from "./mount.ts";
import type { MountedWidget, WidgetEnv } from "./mount.ts";
import type { ShowOptions } from "./show-widgets.ts";
import { onPageTheme, pageTheme } from "./theme.ts";
import { connect, noTransport } from "./transport.ts";
import type { Transport } from "./transport.ts";

/** One widget's place on the page. */
export interface WidgetBox {
  snapshot(): Promise<Blob | undefined>;
  dispose(): void;
}

/** Widgets this far below or above the view are made ready, CSS pixels. */
const nearby = "300px";

/**
 * One widget's place: its stored picture until it comes near the view, then the widget itself; the picture again
 * where there are too many with WebGL, or where neither its kernel nor its own data can show it.
 */
export function widgetBox(
  element: HTMLElement,
  { id, kind, spec, height }: WidgetEntry,
  options: ShowOptions,
): WidgetBox {
  const drawsWithWebgl = kind === "map";
  element.className = "fused-widget";
  element.style.cssText = `position: relative; width: 100%; ${height ? `min-height: ${height}px;` : ""}`;
  const env: WidgetEnv = {
    theme: pageTheme,
    onTheme: onPageTheme,
    width: () => element.clientWidth,
    picture: pictureAddress(options.picture),
    reducedMotion: matchMedia("(prefers-reduced-motion: reduce)").matches,
    kept: {},
  };
  const kept = options.kept?.get(id);
  let latest = kept?.spec ?? spec;
  let transport: Transport | undefined;
  let mounted: MountedWidget | undefined;
  let still: string | undefined = env.picture;
  let isVisible = false;
  let isStarting = false;
  let isDisposed = false;
  /** Another has taken the place while this one was being made ready. */
  let hasLostPlace = false;

  const place: LiveWidget = {
    isVisible: () => isVisible,
    freeze() {
      hasLostPlace = true;
      void freeze();
    },
  };
  const showStill = (note?: string): void => {
    element.replaceChildren();
    if (still !== undefined) {
      const image = document.createElement("img");
      image.src = still;
      image.alt = options.text ?? `a ${kind}`;
      // The stored picture may be coarser than the place that the widget takes.
      const size = height ? `height: ${height}px; object-fit: contain; object-position: left top;` : "";
      image.style.cssText = `max-width: 100%; display: block; border-radius: 6px; ${size}`;
      element.append(image);
    }
    if (note) element.append(badge(note));
  };
  /** A first frame can take seconds where the processor draws. */
  const coverUntil = (drawn: Promise<void>): void => {
    if (still === undefined) return;
    const cover = document.createElement("img");
    cover.src = still;
    cover.alt = "";
    cover.style.cssText =
      "position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; border-radius: 6px;";
    element.append(cover);
    const uncover = () => cover.remove();
    cover.addEventListener("pointerdown", uncover);
    void drawn.then(uncover);
  };
  const start = async (): Promise<void> => {
    if (mounted || isStarting || isDisposed) return;
    if (drawsWithWebgl && !takePlace(place)) return showStill("Too many live maps are in view: scroll some away.");
    isStarting = true;
    hasLostPlace = false;
    // A table has all that the page keeps of it in its spec.
    transport ??= kept && kind === "map" ? keptTransport(kept) : noTransport();
    try {
      const [mount] = await Promise.all([loadMount(kind), settled(transport)]);
      if (isDisposed) return;
      const body = document.createElement("div");
      body.style.cssText = `width: 100%; ${height ? `height: ${height}px;` : ""}`;
      const made = await mount(body, transport, latest, env);
      if (isDisposed || (drawsWithWebgl && hasLostPlace)) {
        made.dispose();
        isStarting = false;
        // Back in view while it was being made ready.
        if (!isDisposed && isVisible) void start();
        return;
      }
      element.replaceChildren(body);
      if (made.drawn) coverUntil(made.drawn);
      mounted = made;
      wasLive = transport.state === "live";
    } catch (error) {
      givePlace(place);
      const gone = "Not live: the kernel that made this is not running. Run the cell again.";
      const needsKernel = error instanceof NeedsKernel;
      showStill(needsKernel ? gone : `Not live: ${(error as Error).message}`);
      if (!needsKernel) console.error(error);
      isStarting = false;
      // It may have come while the widget looked for it.
      if (needsKernel && transport.state === "live") return start();
    }
    isStarting = false;
  };
  let wasLive = false;
  const stop = (): void => {
    mounted?.dispose();
    mounted = undefined;
    givePlace(place);
  };
  const freeze = async (): Promise<void> => {
    const from = mounted;
    if (!from) return;
    mounted = undefined;
    const blob = await from.snapshot().catch(() => undefined);
    from.dispose();
    if (blob) still = URL.createObjectURL(blob);
    if (!mounted && !isStarting) showStill();
  };

  const observer = new IntersectionObserver(
    (entries) => {
      // A busy page tells of several changes at once, the latest last.
      isVisible = entries.at(-1)!.isIntersecting;
      if (!isVisible) return;
      keepPlace(place);
      void start();
    },
    { rootMargin: nearby },
  );
  showStill();
  observer.observe(element);
  const watch = (to: Transport): void => {
    to.onMessage((said, fields) => {
      if (said !== "opened" && said !== "patch") return;
      latest = (fields["spec"] as typeof spec | undefined) ?? latest;
      mounted?.update(latest);
    });
    to.onState((state) => {
      // A widget that showed what it had on its own, or its picture, comes alive with its kernel.
      if (state !== "live" || wasLive || isStarting) return;
      stop();
      if (isVisible) void start();
    });
  };
  if (options.comms) {
    transport = connect(options.comms, { id, kind });
    watch(transport);
  }

  return {
    async snapshot() {
      if (mounted) return mounted.snapshot();
      return still === undefined ? undefined : (await fetch(still)).blob();
    },
    dispose() {
      isDisposed = true;
      observer.disconnect();
      stop();
      transport?.close();
      element.replaceChildren();
    },
  };
}

function pictureAddress(picture: string | undefined): string | undefined {
  return picture === undefined || picture.startsWith("data:") ? picture : `data:image/png;base64,${picture}`;
}

/** Waits until a line is known to be live or gone. */
function settled(transport: Transport): Promise<void> {
  return new Promise((resolve) => {
    if (transport.state !== "connecting") return resolve();
    const unhear = transport.onState((state) => {
      if (state === "connecting") return;
      unhear();
      resolve();
    });
  });
}
