import { Deck, FlyToInterpolator, MapView } from "@deck.gl/core";
import type { Layer, PickingInfo, WebMercatorViewport } from "@deck.gl/core";
import type { WidgetEnv } from "../../front/mount.ts";
import { clampZoom } from "./view-state.ts";
import type { ViewState } from "./view-state.ts";

/** Milliseconds of a flight of which nobody says how long it takes. */
const usualFlight = 900;

export interface DeckEvents {
  /** The view is another: moved by the reader, on a flight, or at the end of one. */
  moved(view: ViewState): void;
  hovered(info: PickingInfo): void;
  clicked(info: PickingInfo): void;
  /** Before and after each frame. */
  drawing(): void;
  drawn(): void;
  resized(): void;
  failed(message: string): void;
}

/** deck.gl with its view, which is the same when the map comes back to its page. */
export interface MapDeck {
  readonly view: ViewState;
  /** Undefined before the first frame. */
  readonly viewport: WebMercatorViewport | undefined;
  /** deck.gl's own, undefined until it has one. */
  readonly canvas: HTMLCanvasElement | undefined;
  fly(to: Partial<ViewState>, milliseconds?: number): void;
  /** @param clearColor parts of red, green, blue and alpha, 0 to 1 */
  show(layers: Layer[], clearColor: number[]): void;
  layer(id: string): Layer | undefined;
  /** What is drawn in a box of CSS pixels. */
  pick(box: [x: number, y: number, width: number, height: number]): PickingInfo[];
  /** Draws a frame at once, where deck.gl has begun to draw. @returns whether it has */
  redraw(reason: string): boolean;
  close(): void;
}

/**
 * @param start the view of a map that is new on its page
 * @param isSoftware WebGL is computed by the processor: fewer pixels, and one sample of each
 */
export function mapDeck(
  place: HTMLElement,
  start: ViewState,
  isSoftware: boolean,
  { kept, reducedMotion }: WidgetEnv,
  events: DeckEvents,
): MapDeck {
  let view = (kept["view"] as ViewState | undefined) ?? start;
  const canvas = () => place.querySelector("canvas") ?? undefined;
  const deck = new Deck({
    parent: place as HTMLDivElement,
    width: "100%",
    height: "100%",
    views: new MapView({ id: "map", repeat: true }),
    initialViewState: view as never,
    controller: { keyboard: true, inertia: !reducedMotion, touchRotate: true } as never,
    useDevicePixels: isSoftware ? 1 : true,
    // Four samples a pixel are four times the work where the processor does it.
    ...(isSoftware && { deviceProps: { type: "webgl", webgl: { antialias: false } } as never }),
    layers: [],
    pickingRadius: 4,
    getCursor: ({ isDragging, isHovering }) => (isDragging ? "grabbing" : isHovering ? "pointer" : "grab"),
    onViewStateChange: ({ viewState }) => {
      view = { ...(viewState as unknown as ViewState), zoom: clampZoom(viewState["zoom"] as number) };
      moveTo(view);
      return view as never;
    },
    onLoad: () => nameCanvas(place),
    onHover: events.hovered,
    onClick: events.clicked,
    onBeforeRender: events.drawing,
    onAfterRender: events.drawn,
    onError: ({ message }) => events.failed(message),
    onResize: events.resized,
  });
  function moveTo(shown: ViewState): void {
    kept["view"] = { ...view, transitionDuration: 0 };
    deck.setProps({ viewState: shown as never });
    events.moved(view);
  }
  return {
    get view() {
      return view;
    },
    get viewport() {
      return deck.isInitialized ? (deck.getViewports()[0] as WebMercatorViewport | undefined) : undefined;
    },
    get canvas() {
      return canvas();
    },
    fly(to, milliseconds = usualFlight) {
      const isStill = reducedMotion || milliseconds === 0;
      view = { ...view, ...to };
      moveTo({
        ...view,
        ...(!isStill && { transitionDuration: milliseconds, transitionInterpolator: new FlyToInterpolator() }),
      });
    },
    show: (layers, clearColor) => deck.setProps({ layers, parameters: { clearColor } as never }),
    layer: (id) => (deck.props.layers as Layer[]).find((each) => each.id === id),
    pick: ([x, y, width, height]) => deck.pickObjects({ x, y, width, height, maxObjects: 10_000 }),
    redraw(reason) {
      if (deck.isInitialized) deck.redraw(reason);
      return deck.isInitialized;
    },
    close: () => deck.finalize(),
  };
}

/** deck.gl listens to keys on its own canvas, which takes the focus. */
function nameCanvas(place: HTMLElement): void {
  const drawn = place.querySelector("canvas[tabindex]");
  drawn?.setAttribute("role", "application");
  drawn?.setAttribute("aria-label", "Map. Arrow keys pan, plus and minus zoom.");
}
