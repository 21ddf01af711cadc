/** Looks of what stands around and over the map, light and dark. */
export const mapCss = `
:host { all: initial; display: block; }
.map { position: relative; width: 100%; overflow: hidden; border-radius: 6px; font: 12px/1.45 "Inter", system-ui, sans-serif;
  --ink: #24303a; --soft: #5d6873; --paper: rgba(255, 255, 255, 0.94); --edge: rgba(36, 48, 58, 0.18); --accent: #c93a22; --ocean: #d3dfe6; --focus: #1767c9;
  color: var(--ink); background: var(--ocean); }
.map[data-theme="dark"] { --ink: #dfe6ec; --soft: #a5b1bc; --paper: rgba(23, 29, 36, 0.94); --edge: rgba(223, 230, 236, 0.22); --accent: #ff8a70; --ocean: #171d24; --focus: #6fb1ff; }
.canvas { position: absolute; inset: 0; outline: none; }
.canvas canvas:focus-visible { outline: 2px solid var(--focus) !important; outline-offset: -2px; }
.title { position: absolute; left: 10px; top: 10px; max-width: 50%; font-weight: 600; font-size: 13px; padding: 3px 8px; pointer-events: none; }
.box { background: var(--paper); border: 1px solid var(--edge); border-radius: 6px; box-shadow: 0 1px 3px rgba(0, 0, 0, 0.12); }
.tools { position: absolute; right: 10px; top: 10px; display: flex; flex-direction: column; }
.tools button { width: 30px; height: 30px; padding: 0; border: 0; border-bottom: 1px solid var(--edge); background: none; color: inherit; cursor: pointer; display: grid; place-items: center; }
.tools button:last-child { border-bottom: 0; }
.tools button[aria-pressed="true"] { color: var(--focus); }
.tools svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
.panel { position: absolute; right: 50px; top: 10px; width: 232px; max-height: calc(100% - 40px); overflow: auto; padding: 8px 10px; }
.panel[hidden] { display: none; }
.layer { padding: 4px 0 6px; border-bottom: 1px solid var(--edge); }
.layer:last-child { border-bottom: 0; }
.row { display: flex; align-items: center; gap: 6px; min-height: 24px; }
.row .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.row label { color: var(--soft); flex: 0 0 62px; }
.row input[type="range"] { flex: 1; min-width: 0; accent-color: var(--focus); }
.row input[type="number"], .row input[type="text"], .row input[type="date"], .row select { flex: 1; min-width: 0; font: inherit; color: inherit; background: transparent; border: 1px solid var(--edge); border-radius: 4px; padding: 1px 4px; }
.row select option { color: #24303a; background: #fff; }
.row button { border: 0; background: none; color: inherit; cursor: pointer; padding: 2px 4px; border-radius: 3px; font: inherit; }
.row button:disabled { opacity: 0.3; cursor: default; }
.legend { position: absolute; right: 50px; bottom: 24px; padding: 6px 10px; max-width: 240px; pointer-events: none; }
.legend:empty { display: none; }
.legend h4 { margin: 0 0 3px; font: 600 12px/1.4 inherit; }
.legend h4:not(:first-child) { margin-top: 8px; }
.ramp { height: 9px; width: 190px; border-radius: 2px; }
.ends { display: flex; justify-content: space-between; color: var(--soft); font-variant-numeric: tabular-nums; }
.category { display: flex; gap: 6px; align-items: center; }
.category i { width: 11px; height: 11px; border-radius: 2px; flex: none; }
.credit { position: absolute; right: 0; bottom: 0; padding: 0 6px; font-size: 10.5px; color: var(--soft); background: var(--paper); border-top-left-radius: 4px; }
.notes { position: absolute; left: 10px; bottom: 10px; display: flex; flex-direction: column; gap: 4px; align-items: flex-start; pointer-events: none; max-width: 60%; }
.note { padding: 2px 8px; border-radius: 4px; color: #fff; background: rgba(36, 48, 58, 0.86); }
.tooltip { position: absolute; z-index: 3; pointer-events: none; padding: 6px 9px; max-width: 300px; left: 0; top: 0; }
.tooltip[hidden] { display: none; }
.tooltip table { border-spacing: 0; }
.tooltip th { text-align: left; font-weight: 400; color: var(--soft); padding: 0 10px 0 0; vertical-align: top; }
.tooltip td { padding: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.tiles { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
.tile { position: absolute; box-sizing: border-box; }
.tile.debug { border: 1px dashed rgba(127, 127, 127, 0.7); }
.tile.debug > span { position: absolute; left: 2px; top: 2px; font: 10px/1.3 ui-monospace, monospace; padding: 1px 4px; border-radius: 3px; background: var(--paper); white-space: pre; }
.tile.error { background: repeating-linear-gradient(135deg, rgba(201, 58, 34, 0.16) 0 6px, rgba(201, 58, 34, 0.05) 6px 12px); border: 1px solid var(--accent); pointer-events: none; display: grid; place-items: center; }
.tile.error button { pointer-events: auto; max-width: 90%; max-height: 80%; overflow: hidden; font: 11px/1.35 inherit; color: var(--accent); background: var(--paper); border: 1px solid var(--accent); border-radius: 4px; padding: 3px 6px; cursor: pointer; }
.tile.text { display: grid; place-items: center; font-weight: 600; font-size: 20px; text-shadow: 0 0 4px var(--paper), 0 0 4px var(--paper); }
.trace { position: absolute; z-index: 4; inset: 10% 8%; padding: 10px 12px; display: flex; flex-direction: column; gap: 8px; }
.trace pre { flex: 1; overflow: auto; margin: 0; font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap; }
.trace .row { justify-content: flex-end; }
.trace .row button { border: 1px solid var(--edge); padding: 2px 10px; }
.controls { position: absolute; left: 10px; top: 10px; width: 240px; padding: 6px 10px; max-height: calc(100% - 60px); overflow: auto; }
.controls:empty { display: none; }
.controls .row { gap: 8px; }
.controls .row label { flex: 0 0 84px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--ink); }
.controls output { flex: 0 0 40px; text-align: right; font-variant-numeric: tabular-nums; }
.has-controls .title { left: 288px; }
.time { position: absolute; left: 10px; right: 10px; bottom: 22px; max-width: 560px; margin: 0 auto; padding: 2px 8px; display: flex; align-items: center; gap: 8px; }
.time:empty { display: none; }
.time button { width: 26px; height: 26px; border: 0; border-radius: 4px; background: none; color: inherit; cursor: pointer; font: 12px/1 inherit; }
.time input { flex: 1; min-width: 60px; accent-color: var(--focus); }
.time output { min-width: 84px; font-variant-numeric: tabular-nums; text-align: right; }
.has-time .notes, .has-time .legend { bottom: 62px; }
.swipe { position: absolute; top: 0; bottom: 0; width: 22px; margin-left: -11px; cursor: ew-resize; touch-action: none; outline: none;
  background: linear-gradient(90deg, transparent 9px, #fff 9px 13px, transparent 13px); filter: drop-shadow(0 0 2px rgba(0, 0, 0, 0.5)); }
.swipe i { position: absolute; left: -4px; top: calc(50% - 15px); width: 30px; height: 30px; border-radius: 50%; display: grid; place-items: center; font-style: normal; font-size: 15px; color: #24303a; background: #fff; }
.swipe:focus-visible i { outline: 2px solid var(--focus); outline-offset: 1px; }
.swipe span { position: absolute; bottom: 60px; padding: 1px 7px; border-radius: 4px; white-space: nowrap; max-width: 160px; overflow: hidden; text-overflow: ellipsis; color: #fff; background: rgba(36, 48, 58, 0.86); }
.swipe .left { right: 18px; }
.swipe .right { left: 18px; }
.progress { position: absolute; left: 0; top: 0; height: 2px; background: var(--focus); transition: width 0.2s; }
@media (prefers-reduced-motion: reduce) { .progress { transition: none; } }
`;
