import type { Layer } from "@deck.gl/core";
import { pageCaps } from "../../front/caps.ts";
import { NeedsKernel } from "../../front/mount.ts";
import type { Mount, Theme } from "../../front/mount.ts";
import { drawsInSoftware } from "../../widget-payload.ts";
import type { ControlSpec, MapSpec } from "../map-spec.ts";
import { afterRest } from "./after-rest.ts";
import { boxSelection } from "./box-selection.ts";
import { dataLayers, hidesGround, isTiled } from "./data-layers.ts";
import { toggleFullScreen } from "./full-screen.ts";
import { layerBounds } from "./layer-bounds.ts";
import { layerData } from "./layer-data.ts";
import { drawPanel } from "./layer-panel.ts";
import { layerStates } from "./layer-state.ts";
import type { LayerState } from "./layer-state.ts";
import { drawLegend } from "./legend-box.ts";
import { mapDeck } from "./map-deck.ts";
import { mapGround } from "./map-ground.ts";
import { hearMap } from "./map-messages.ts";
import { mapParts } from "./map-parts.ts";
import { download, mapPicture } from "./map-picture.ts";
import { mapSwipe } from "./map-swipe.ts";
import { mapTime } from "./map-time.ts";
import { notesBox } from "./notes-box.ts";
import { drawControls } from "./param-controls.ts";
import { pickedRows } from "./picked.ts";
import type { DrawnContent } from "./read-content.ts";
import { noteContent } from "./seen-values.ts";
import { shownTiles } from "./shown-tiles.ts";
import { tellBox, tellClick } from "./tell-picked.ts";
import { tileRequests } from "./tile-requests.ts";
import { fillToolbar } from "./toolbar.ts";
import { showTooltip } from "./tooltip-box.ts";
import { boundsOfView, clampZoom, fitBounds, viewStateOf } from "./view-state.ts";
import type { ViewState } from "./view-state.ts";

/** The view goes to the kernel so long after it has come to rest, milliseconds. */
const viewPause = 150;

/** Puts a live map into an element. @throws NeedsKernel where tiles or data are in the kernel, and that has gone */
export const mountMap: Mount = async (host, transport, given, env) => {
  let spec = given as unknown as MapSpec & { generation?: number };
  const caps = pageCaps();
  if (!caps.webgl2) throw new Error("This browser has no WebGL 2.");
  if (transport.state !== "live" && spec.layers.length > 0) throw new NeedsKernel();
  const isSoftware = drawsInSoftware(caps);
  const parts = mapParts(host, spec.height);
  const { root } = parts;
  const note = notesBox(parts.notes);
  let theme: Theme = spec.theme === "auto" ? env.theme() : spec.theme;
  let layers = layerStates(spec.layers);
  let isDisposed = false;
  let isScheduled = false;
  let arrivals: ReturnType<typeof setTimeout> | undefined;
  const time = mapTime(parts, transport, env, changed);
  await loadParts();

  const requests = tileRequests(transport);
  requests.generation = spec.generation ?? 0;
  const data = layerData(transport, takeData, note);
  const size = () => ({ width: root.clientWidth || env.width() || 600, height: root.clientHeight || spec.height });
  const tellView = afterRest<ViewState>(viewPause, (view) => {
    const { longitude, latitude, zoom, pitch, bearing } = view;
    transport.send("view", { longitude, latitude, zoom, pitch, bearing, bounds: boundsOfView(view, size()) });
  });

  const { promise: firstFrame, resolve: firstDrawn } = Promise.withResolvers<void>();
  let hasLayers = false;
  const deck = mapDeck(parts.canvas, viewStateOf(spec.view, size()), isSoftware, env, {
    moved(view) {
      parts.tooltip.hidden = true;
      ground.zoomed();
      tellView.put(view);
    },
    hovered: (info) => showTooltip(parts.tooltip, pickedRows(info, layers), info.x, info.y),
    clicked: (info) => tellClick(info, layers, transport),
    drawing: () => swipe.measure(),
    drawn() {
      if (hasLayers) firstDrawn();
      paintGround();
      tiles.look();
    },
    resized: changed,
    failed(message) {
      note(`The map could not be drawn: ${message}`);
      firstDrawn();
    },
  });
  const ground = mapGround(parts.canvas, isSoftware && spec.basemap.kind !== "none", deck, requests, {
    changed,
    failed(reason) {
      note(`The basemap cannot be had (${reason.replace(/\.$/, "")}); the built-in outlines stand in.`, "ground");
      parts.credit.textContent = "Natural Earth";
    },
  });
  const inTiles = (layer: LayerState) => isTiled(layer, isSoftware, transport.state === "live");
  const visibleTiled = () => layers.filter((layer) => layer.visible && inTiles(layer));
  const tiles = shownTiles(parts, deck, transport, requests, visibleTiled, changed);
  const swipe = mapSwipe(parts, deck, env);

  function takeData(name: string, content: DrawnContent): void {
    for (const layer of layers) {
      if (layer.spec.type === "tiles" || layer.spec.data !== name) continue;
      layer.content = content;
      layer.media = content.media;
      if (content.media === "numbers") noteContent(layer, content);
    }
    changed();
  }

  function changed(): void {
    if (isScheduled || isDisposed) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      if (!isDisposed) draw();
    });
  }
  /** Many tiles arrive at once: one look at legend and colours serves them. */
  function arrived(): void {
    arrivals ??= setTimeout(() => {
      arrivals = undefined;
      changed();
    }, 50);
  }
  function draw(): void {
    root.dataset["theme"] = theme;
    const drawn = ground.under(spec.basemap, theme);
    const lastHiding = layers.findLastIndex(hidesGround);
    for (const [i, layer] of layers.entries()) {
      drawn.push(...layersOf(layer));
      if (i === lastHiding) drawn.push(...ground.over(spec.basemap, theme));
    }
    hasLayers = true;
    deck.show(drawn, ground.clearColor(theme));
    drawLegend(parts.legend, layers);
    // An error or a text in a tile draws nothing anew on the canvas.
    tiles.look();
  }
  /** What goes wrong with one layer costs that layer, and is told. */
  function layersOf(layer: LayerState): Layer[] {
    const key = `layer ${layer.spec.id}`;
    try {
      const made = dataLayers(layer, inTiles(layer), requests, data, { arrived });
      note("", key);
      return made;
    } catch (error) {
      console.error(error);
      note(`${layer.spec.name} could not be drawn: ${(error as Error).message}`, key);
      return [];
    }
  }
  function paintGround(): void {
    ground.paint(theme, layers.some(hidesGround), paintGround);
  }

  const fit = (of: LayerState[] = layers): void => {
    const box = layerBounds(of) ?? spec.view.bounds;
    deck.fly(box ? fitBounds(box, size()) : viewStateOf(spec.view, size()));
  };
  const selection = boxSelection(root, parts.canvas, (box) => {
    tools.setPressed("select", false);
    const count = tellBox(box, layers, deck, transport);
    note(`${count.toLocaleString("en-US")} ${count === 1 ? "feature" : "features"} selected`, "selection");
    setTimeout(() => note("", "selection"), 4000);
  });
  const snapshot = () => mapPicture(deck, parts.credit.textContent ?? "", ground.canvases);
  const tools = fillToolbar(parts.tools, {
    zoom: (by) => deck.fly({ zoom: clampZoom(deck.view.zoom + by) }, 250),
    fit: () => fit(),
    panel(isOpen) {
      parts.panel.hidden = !isOpen;
      if (isOpen) showPanel();
    },
    debug: tiles.debug,
    screenshot: () => void snapshot().then((picture) => download(picture, spec.title)),
    fullScreen: () => void toggleFullScreen(root),
    boxSelect: selection.arm,
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

  function showControls(controls: ControlSpec[] = []): void {
    root.classList.toggle("has-controls", controls.length > 0);
    drawControls(parts.controls, controls, (name, value) => transport.send("param", { values: { [name]: value } }));
  }
  /** What a spec says in words, and its bars and controls. */
  function showSpec(): void {
    parts.title.textContent = spec.title ?? "";
    parts.title.hidden = !spec.title;
    parts.credit.textContent = spec.attribution;
    for (const text of spec.notes ?? []) note(text);
    const summed = layers.filter((layer) => layer.spec.type !== "tiles" && inTiles(layer));
    const count = summed.reduce((sum, { total }) => sum + total, 0).toLocaleString("en-US");
    note(
      summed.length > 0 ? `${count} features, summed up by the kernel: this browser has no graphics card` : "",
      "summed",
    );
    swipe.show(spec.swipe, layers);
    showControls(spec.controls);
  }
  /** Code of what only some maps have. */
  async function loadParts(): Promise<void> {
    const bare = layers.filter((layer) => layer.spec.type === "deck" && !layer.makeDeck);
    if (bare.length > 0) {
      const { makeDeckLayer } = await import("./deck-layer.ts");
      for (const layer of bare) layer.makeDeck = makeDeckLayer;
    }
    await time.filter(spec.time, layers);
  }

  const ends = [
    env.onTheme((next) => {
      if (spec.theme !== "auto") return;
      theme = next;
      changed();
    }),
    hearMap(transport, {
      generation(generation, controls) {
        requests.generation = generation;
        for (const layer of layers) layer.seen = layer.tables = undefined;
        const active = (root.getRootNode() as ShadowRoot).activeElement;
        if (!active || !parts.controls.contains(active)) showControls(controls);
        changed();
      },
      flyTo: deck.fly,
      fitBounds: (bounds) => deck.fly(fitBounds(bounds, size())),
      gone: (isGone) =>
        note(isGone ? "The kernel has gone: what is here stays, nothing new comes. Run the cell again." : "", "state"),
    }),
  ];
  showSpec();
  time.show(spec.time, layers);
  changed();
  tellView.put(deck.view);
  return {
    update(next) {
      spec = next as unknown as typeof spec;
      requests.generation = spec.generation ?? requests.generation;
      layers = layerStates(spec.layers, layers);
      if (spec.theme !== "auto") theme = spec.theme;
      showSpec();
      if (!parts.panel.hidden) showPanel();
      changed();
      void loadParts().then(() => {
        if (isDisposed) return;
        time.show(spec.time, layers);
        changed();
      });
    },
    snapshot,
    drawn: firstFrame,
    dispose() {
      isDisposed = true;
      for (const end of ends) end();
      clearTimeout(arrivals);
      for (const part of [tellView, time, swipe, selection, tiles, data, requests, deck]) part.close();
      root.remove();
    },
  };
};
