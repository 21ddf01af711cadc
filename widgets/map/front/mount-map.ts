import { Deck, FlyToInterpolator, MapView as DeckMapView, WebMercatorViewport } from "@deck.gl/core";
import type { Layer, PickingInfo } from "@deck.gl/core";
import { pageCaps } from "../../front/caps.ts";
import { NeedsKernel } from "../../front/mount.ts";
import type { Mount, Theme } from "../../front/mount.ts";
import { drawsInSoftware } from "../../widget-payload.ts";
import type { ControlSpec, MapSpec } from "../map-spec.ts";
import type { Bounds } from "../mercator.ts";
import { themes } from "../theme.ts";
import { rgba } from "../colour-table.ts";
import { basemapCanvas } from "./basemap-canvas.ts";
import { basemapLayers, groundLayer, linesOverImage } from "./basemap-layers.ts";
import { boxSelection } from "./box-selection.ts";
import { contentLayers } from "./content-layers.ts";
import { element } from "./element.ts";
import { layerData } from "./layer-data.ts";
import { drawPanel } from "./layer-panel.ts";
import { layerStates } from "./layer-state.ts";
import type { LayerState } from "./layer-state.ts";
import { drawLegend } from "./legend-box.ts";
import { mapParts } from "./map-parts.ts";
import { drawControls } from "./param-controls.ts";
import { outlinesFor } from "./outlines.ts";
import { pickedRows, pickedFeature } from "./picked.ts";
import { noteContent } from "./seen-values.ts";
import { tileRequests } from "./tile-requests.ts";
import { drawOverlay } from "./tile-overlay.ts";
import { fillToolbar } from "./toolbar.ts";
import { showTooltip } from "./tooltip-box.ts";
import { traceBox } from "./trace-box.ts";
import { swipeBar } from "./swipe-bar.ts";
import type { SwipeBar } from "./swipe-bar.ts";
import { timeBar } from "./time-bar.ts";
import { tilesOf, udfTileLayer } from "./udf-tile-layer.ts";
import type { DeckTile } from "./udf-tile-layer.ts";
import { boundsOfView, clampZoom, fitBounds, viewStateOf } from "./view-state.ts";
import type { ViewState } from "./view-state.ts";

/** The view goes to the kernel so long after it has come to rest, milliseconds. */
const viewPause = 150;

/** Features that are drawn by the page where WebGL is computed by the processor. */
const mostInSoftware = 20_000;

/** Puts a live map into an element. @throws NeedsKernel where tiles or data are in the kernel, and that has gone */
export const mountMap: Mount = async (host, transport, given, env) => {
  let spec = given as unknown as MapSpec & { generation?: number };
  const caps = pageCaps();
  if (!caps.webgl2) throw new Error("This browser has no WebGL 2.");
  if (transport.state !== "live" && spec.layers.length > 0) throw new NeedsKernel();
  const parts = mapParts(host, spec.height);
  const { root, canvas } = parts;
  let theme: Theme = spec.theme === "auto" ? env.theme() : spec.theme;
  let layers = layerStates(spec.layers);
  await loadParts();
  let isDebug = false;
  let isDisposed = false;
  const requests = tileRequests(transport);
  requests.generation = spec.generation ?? 0;
  const size = () => ({ width: root.clientWidth || 600, height: root.clientHeight || spec.height });
  let view: ViewState = (env.kept["view"] as ViewState | undefined) ?? viewStateOf(spec.view, size());

  const data = layerData(
    transport,
    (name, content) => {
      for (const layer of layers) {
        if (layer.spec.type === "tiles" || layer.spec.data !== name) continue;
        layer.content = content;
        layer.media = content.media;
        if (content.media === "numbers") noteContent(layer, content);
      }
      changed();
    },
    (message) => note(message),
  );

  const { promise: firstFrame, resolve: firstDrawn } = Promise.withResolvers<void>();
  let hasLayers = false;
  const deck = new Deck({
    parent: canvas as HTMLDivElement,
    width: "100%",
    height: "100%",
    views: new DeckMapView({ id: "map", repeat: true }),
    initialViewState: view as never,
    controller: { keyboard: true, inertia: !env.reducedMotion, touchRotate: true } as never,
    useDevicePixels: drawsInSoftware(caps) ? 1 : true,
    // Four samples a pixel are four times the work where the processor does it.
    ...(drawsInSoftware(caps) && { deviceProps: { type: "webgl", webgl: { antialias: false } } as never }),
    layers: [],
    pickingRadius: 4,
    getCursor: ({ isDragging, isHovering }) => (isDragging ? "grabbing" : isHovering ? "pointer" : "grab"),
    onViewStateChange: ({ viewState }) => {
      view = { ...(viewState as unknown as ViewState), zoom: clampZoom(viewState["zoom"] as number) };
      env.kept["view"] = { ...view, transitionDuration: 0 };
      parts.tooltip.hidden = true;
      setView(view);
      return view as never;
    },
    onLoad: () => nameCanvas(canvas),
    onHover: (info) => hover(info),
    onClick: (info) => click(info),
    onBeforeRender: () => splitView(),
    onAfterRender() {
      if (hasLayers) firstDrawn();
      drawPlain();
      overlaySoon();
    },
    onError(error) {
      note(`The map could not be drawn: ${error.message}`);
      firstDrawn();
    },
    onResize: () => changed(),
  });
  /** On a canvas of its own where WebGL would take long for it. */
  const plain = drawsInSoftware(caps) && spec.basemap.kind !== "none" ? basemapCanvas(canvas) : undefined;
  function viewportNow(): WebMercatorViewport | undefined {
    return deck.isInitialized ? (deck.getViewports()[0] as WebMercatorViewport | undefined) : undefined;
  }
  function drawPlain(): void {
    const viewport = viewportNow();
    if (!plain || !viewport) return;
    const hasImage = layers.some(({ visible, media }) => visible && (media === "numbers" || media === "image"));
    plain.draw(viewport, outlinesFor(view.zoom, drawPlain)?.outlines, theme, hasImage);
  }
  let lastZoomGrade = -1;
  function setView(next: ViewState): void {
    deck.setProps({ viewState: next as never });
    const grade = next.zoom >= 3 ? 1 : 0;
    if (grade !== lastZoomGrade) changed();
    lastZoomGrade = grade;
    tellView();
  }

  const notes = new Map<string, HTMLElement>();
  function note(text: string, key = text): void {
    notes.get(key)?.remove();
    notes.delete(key);
    if (!text) return;
    const made = element("div", { className: "note" }, text.slice(0, 240));
    notes.set(key, made);
    parts.notes.append(made);
  }

  let isScheduled = false;
  function changed(): void {
    if (isScheduled || isDisposed) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      if (!isDisposed) draw();
    });
  }
  function draw(): void {
    root.dataset["theme"] = theme;
    const drawn: Layer[] = plain ? [] : basemapLayers(spec.basemap, theme, view.zoom, changed);
    if (spec.basemap.kind === "tiles") drawn.push(groundLayer(spec.basemap, requests, groundFailed));
    const lastImage = layers.findLastIndex(
      ({ visible, media }) => visible && (media === "numbers" || media === "image"),
    );
    for (const [i, layer] of layers.entries()) {
      drawn.push(...layersOf(layer));
      if (i === lastImage && !plain) drawn.push(...linesOverImage(spec.basemap, theme, view.zoom));
    }
    hasLayers = true;
    deck.setProps({ layers: drawn, parameters: { clearColor: plain ? [0, 0, 0, 0] : clearColour(theme) } as never });
    drawLegend(parts.legend, layers);
    // An error or a text in a tile draws nothing anew on the canvas.
    overlaySoon();
  }
  function groundFailed(reason: string): void {
    note(`The basemap cannot be had (${reason.replace(/\.$/, "")}); the built-in outlines stand in.`, "ground");
    parts.credit.textContent = "Natural Earth";
  }
  function layersOf(layer: LayerState): Layer[] {
    const { spec: own } = layer;
    if (isTiled(layer)) return [udfTileLayer(layer, requests, { arrived })];
    if (own.type === "tiles") return [];
    if (!layer.content) {
      data.want(own.data);
      return [];
    }
    const isInDegrees = own.type === "raster" && own.rows === "latitude";
    return contentLayers(layer.content, layer, { id: own.id, bounds: own.bounds, isTile: false, isInDegrees });
  }
  /** Without a graphics card the kernel draws what would take this page seconds a frame. */
  function isTiled({ spec: own }: LayerState): boolean {
    if (own.type === "tiles") return true;
    return drawsInSoftware(caps) && own.type !== "raster" && own.count > mostInSoftware && transport.state === "live";
  }
  let arrivals: ReturnType<typeof setTimeout> | undefined;
  /** Many tiles arrive at once: one look at legend and colours serves them. */
  function arrived(): void {
    arrivals ??= setTimeout(() => {
      arrivals = undefined;
      changed();
    }, 50);
  }

  let overlayFrame = 0;
  function overlaySoon(): void {
    if (overlayFrame) return;
    overlayFrame = requestAnimationFrame(() => {
      overlayFrame = 0;
      if (isDisposed) return;
      const viewport = viewportNow();
      if (viewport) drawOverlay(parts.tiles, visibleTiles(), viewport, isDebug, { explain });
      drawProgress();
    });
  }
  function visibleTiles(): DeckTile[] {
    return layers.flatMap((layer) => (layer.visible && isTiled(layer) ? tilesOf(deckLayer(layer.spec.id)) : []));
  }
  function deckLayer(id: string): Layer | undefined {
    return (deck.props.layers as Layer[]).find((each) => each.id === id);
  }
  function drawProgress(): void {
    const tiles = visibleTiles();
    const done = tiles.filter((tile) => !tile.isLoading).length;
    parts.progress.style.width = done === tiles.length ? "0" : `${Math.max(4, (100 * done) / tiles.length)}%`;
  }
  function explain(tile: DeckTile): void {
    const { error } = tile.content!;
    const place = `${tile.index.z}/${tile.index.x}/${tile.index.y}`;
    const layer = layers.find((each) => isTiled(each) && tilesOf(deckLayer(each.spec.id)).includes(tile));
    traceBox(root, transport, place, error!, () => {
      if (layer) requests.retry(layer.spec.id, tile.index);
      tile.setNeedsReload();
      changed();
      // A tile that is to be loaded again is looked at when the layer is next updated.
      deckLayer(layer!.spec.id)?.setNeedsUpdate();
    });
  }

  function hover(info: PickingInfo): void {
    showTooltip(parts.tooltip, pickedRows(info, layers), info.x, info.y);
  }
  function click(info: PickingInfo): void {
    const feature = pickedFeature(info, layers);
    const coordinate = info.coordinate?.slice(0, 2);
    transport.send("event", { event: "click", coordinate, ...feature });
    if (feature) transport.send("select", { features: [feature], coordinate });
  }
  let viewTimer: ReturnType<typeof setTimeout> | undefined;
  function tellView(): void {
    clearTimeout(viewTimer);
    viewTimer = setTimeout(() => {
      const { longitude, latitude, zoom, pitch, bearing } = view;
      transport.send("view", { longitude, latitude, zoom, pitch, bearing, bounds: boundsOfView(view, size()) });
    }, viewPause);
  }

  function flyTo(next: Partial<ViewState>, milliseconds = 900): void {
    const still = env.reducedMotion || milliseconds === 0;
    const move = still ? {} : { transitionDuration: milliseconds, transitionInterpolator: new FlyToInterpolator() };
    view = { ...view, ...next };
    deck.setProps({ viewState: { ...view, ...move } as never });
    env.kept["view"] = view;
    tellView();
    changed();
  }
  function fit(of: LayerState[] = layers): void {
    const boxes = of.flatMap(({ spec: own }) =>
      own.type === "tiles" ? (own.extent ? [own.extent] : []) : own.bounds ? [own.bounds] : [],
    );
    const box = boxes.length > 0 ? around(boxes) : spec.view.bounds;
    flyTo(box ? fitBounds(box, size()) : viewStateOf(spec.view, size()));
  }

  const selection = boxSelection(root, canvas, (box) => {
    tools.setPressed("select", false);
    const [x, y, width, height] = box;
    const picked = deck.pickObjects({ x, y, width, height, maxObjects: 10_000 });
    const features = picked.flatMap((info) => pickedFeature(info, layers) ?? []);
    const viewport = viewportNow()!;
    const [west, north] = viewport.unproject([x, y]) as [number, number];
    const [east, south] = viewport.unproject([x + width, y + height]) as [number, number];
    transport.send("select", { features, bounds: [west, south, east, north] });
    note(
      `${features.length.toLocaleString("en-US")} ${features.length === 1 ? "feature" : "features"} selected`,
      "selection",
    );
    setTimeout(() => note("", "selection"), 4000);
  });
  const tools = fillToolbar(parts.tools, {
    zoom: (by) => flyTo({ zoom: clampZoom(view.zoom + by) }, 250),
    fit: () => fit(),
    panel(isOpen) {
      parts.panel.hidden = !isOpen;
      if (isOpen) showPanel();
    },
    debug(isOn) {
      isDebug = isOn;
      overlaySoon();
    },
    screenshot: () => void save(),
    fullScreen: () => void toggleFullScreen(root),
    boxSelect: (isOn) => selection.arm(isOn),
  });
  function showPanel(): void {
    drawPanel(parts.panel, layers, {
      changed,
      restyled(layer) {
        layer.version++;
        changed();
      },
      moved(layer, by) {
        const at = layers.indexOf(layer);
        layers.splice(at, 1);
        layers.splice(at + by, 0, layer);
        showPanel();
        changed();
      },
      fit: (layer) => fit([layer]),
    });
  }
  async function save(): Promise<void> {
    const link = element("a", { download: `${(spec.title ?? "map").replace(/[^\p{L}\p{N}]+/gu, "-")}.png` });
    link.href = URL.createObjectURL(await snapshot());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
  async function snapshot(): Promise<Blob> {
    const own = canvas.querySelector("canvas");
    if (!own || !deck.isInitialized) throw new Error("The map has not been drawn yet.");
    deck.redraw("snapshot");
    const drawn = joined(own, plain?.canvases);
    return new Promise((resolve, reject) =>
      drawn.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The map gave no picture."))), "image/png"),
    );
  }

  function controlsChanged(controls: ControlSpec[] = []): void {
    root.classList.toggle("has-controls", controls.length > 0);
    drawControls(parts.controls, controls, (name, value) => transport.send("param", { values: { [name]: value } }));
  }
  function apply(): void {
    parts.title.textContent = spec.title ?? "";
    parts.title.hidden = !spec.title;
    parts.credit.textContent = spec.attribution;
    for (const text of spec.notes ?? []) note(text);
    const summed = layers.filter((layer) => layer.spec.type !== "tiles" && isTiled(layer));
    const count = summed.reduce((sum, { total }) => sum + total, 0).toLocaleString("en-US");
    note(
      summed.length > 0 ? `${count} features, summed up by the kernel: this browser has no graphics card` : "",
      "summed",
    );
  }
  const unhear = [
    env.onTheme((next) => {
      if (spec.theme !== "auto") return;
      theme = next;
      changed();
    }),
    transport.onMessage((kind, fields) => {
      if (kind === "generation") {
        requests.generation = Number(fields["generation"]);
        for (const layer of layers) layer.seen = layer.tables = undefined;
        const active = (root.getRootNode() as ShadowRoot).activeElement;
        if (!active || !parts.controls.contains(active)) controlsChanged(fields["controls"] as ControlSpec[]);
        changed();
      }
      if (kind === "command") command(fields);
    }),
    transport.onState((state) => {
      note(
        state === "gone" ? "The kernel has gone: what is here stays, nothing new comes. Run the cell again." : "",
        "state",
      );
    }),
  ];
  function command(fields: Record<string, unknown>): void {
    if (fields["name"] === "flyTo")
      flyTo(fields["view"] as Partial<ViewState>, fields["duration"] as number | undefined);
    if (fields["name"] === "fitBounds") flyTo(fitBounds(fields["bounds"] as Bounds, size()));
  }

  /** Code of what only some maps have. */
  async function loadParts(): Promise<void> {
    const { time } = spec;
    if (layers.some((layer) => layer.spec.type === "deck" && !layer.makeDeck)) {
      const { makeDeckLayer } = await import("./deck-layer.ts");
      for (const layer of layers) layer.makeDeck = makeDeckLayer;
    }
    if (time?.field === undefined) for (const layer of layers) layer.time = undefined;
    else {
      const { DataFilterExtension } = await import("@deck.gl/extensions");
      const extension = layers[0]?.time?.extension ?? new DataFilterExtension({ filterSize: 1 });
      const at = (env.kept["time"] as number | undefined) ?? time.to;
      const isWhole = isUnmoved();
      for (const layer of layers) layer.time = { spec: time, at, isWhole, extension };
    }
  }
  function isUnmoved(): boolean {
    return spec.time?.startsWhole === true && env.kept["time"] === undefined;
  }
  let time: ReturnType<typeof timeBar> | undefined;
  function showTime(): void {
    time?.close();
    time = undefined;
    const { time: of } = spec;
    root.classList.toggle("has-time", of !== undefined);
    if (!of) return;
    const usual = of.parameter === undefined ? of.to : of.from;
    let isFirst = true;
    time = timeBar(parts.time, of, (env.kept["time"] as number | undefined) ?? usual, {
      isStill: env.reducedMotion,
      isWhole: isUnmoved(),
      moved(at) {
        if (!(isFirst && isUnmoved())) {
          env.kept["time"] = at;
          for (const layer of layers) if (layer.time) Object.assign(layer.time, { at, isWhole: false });
        }
        const isSet = of.parameter !== undefined && !isFirst;
        if (isSet) tellTime(of.parameter!, of.isDate ? new Date(at).toISOString() : at);
        isFirst = false;
        changed();
      },
    });
  }
  let timeTimer: ReturnType<typeof setTimeout> | undefined;
  function tellTime(parameter: string, value: unknown): void {
    clearTimeout(timeTimer);
    timeTimer = setTimeout(() => transport.send("param", { values: { [parameter]: value } }), viewPause);
  }

  /** Left, bottom, width and height in the canvas' own pixels, of either side of the bar; changed in place. */
  const sides = { left: [0, 0, 0, 0], right: [0, 0, 0, 0] };
  let swipe: SwipeBar | undefined;
  function showSwipe(): void {
    const before = swipe?.at;
    swipe?.close();
    swipe = undefined;
    const { swipe: of } = spec;
    for (const layer of layers) {
      const side = of?.left.includes(layer.spec.id)
        ? sides.left
        : of?.right.includes(layer.spec.id)
          ? sides.right
          : undefined;
      layer.parameters = side && { scissorTest: true, scissor: side };
    }
    if (!of) return;
    const namesOf = (ids: string[]) =>
      layers.flatMap((layer) => (ids.includes(layer.spec.id) ? layer.spec.name : [])).join(", ");
    const at = before ?? (env.kept["swipe"] as number | undefined) ?? 0.5;
    swipe = swipeBar(parts.title, root, [namesOf(of.left), namesOf(of.right)], at, (next) => {
      env.kept["swipe"] = next;
      if (deck.isInitialized) deck.redraw("swipe");
    });
  }
  function splitView(): void {
    const own = canvas.querySelector("canvas");
    if (!swipe || !own) return;
    const across = Math.round(own.width * swipe.at);
    sides.left.splice(0, 4, 0, 0, across, own.height);
    sides.right.splice(0, 4, across, 0, own.width - across, own.height);
  }

  apply();
  showSwipe();
  showTime();
  controlsChanged(spec.controls);
  changed();
  tellView();
  return {
    update(next) {
      spec = next as unknown as typeof spec;
      requests.generation = spec.generation ?? requests.generation;
      layers = layerStates(spec.layers, layers);
      if (spec.theme !== "auto") theme = spec.theme;
      apply();
      showSwipe();
      controlsChanged(spec.controls);
      if (!parts.panel.hidden) showPanel();
      changed();
      void loadParts().then(() => {
        if (isDisposed) return;
        showTime();
        changed();
      });
    },
    snapshot,
    drawn: firstFrame,
    dispose() {
      isDisposed = true;
      for (const end of unhear) end();
      clearTimeout(viewTimer);
      clearTimeout(arrivals);
      clearTimeout(timeTimer);
      time?.close();
      swipe?.close();
      selection.close();
      data.close();
      requests.close();
      deck.finalize();
      root.remove();
    },
  };
};

/** One canvas of what lies over one another. */
function joined(drawn: HTMLCanvasElement, plain?: [HTMLCanvasElement, HTMLCanvasElement]): HTMLCanvasElement {
  if (!plain) return drawn;
  const whole = element("canvas", { width: drawn.width, height: drawn.height });
  const context = whole.getContext("2d", { willReadFrequently: true })!;
  for (const each of [plain[0], drawn, plain[1]]) context.drawImage(each, 0, 0, whole.width, whole.height);
  return whole;
}

function clearColour(theme: Theme): number[] {
  return rgba(themes[theme].ocean).map((each) => each / 255);
}

function around(boxes: Bounds[]): Bounds {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

async function toggleFullScreen(root: HTMLElement): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  const { height } = root.style;
  await root.requestFullscreen();
  root.style.height = "100vh";
  const back = (): void => {
    if (document.fullscreenElement) return;
    root.style.height = height;
    document.removeEventListener("fullscreenchange", back);
  };
  document.addEventListener("fullscreenchange", back);
}

/** deck.gl listens to keys on its own canvas, which takes the focus. */
function nameCanvas(place: HTMLElement): void {
  const drawn = place.querySelector("canvas[tabindex]");
  drawn?.setAttribute("role", "application");
  drawn?.setAttribute("aria-label", "Map. Arrow keys pan, plus and minus zoom.");
}
