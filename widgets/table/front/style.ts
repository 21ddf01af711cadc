/** The style sheet of the table, for its shadow root: nothing of the page's own reaches in. */
export const style = `
:host { all: initial; display: block; }
.fk-table { --ink: #24303a; --faint: #66727c; --line: #dfe4e8; --ground: #fff; --head: #f6f8f9; --hover: #f0f4f7;
  --accent: #1668a8; --bar: #8ab6d8; --mark: rgba(22, 104, 168, 0.16); --bad: #a3241b;
  display: flex; flex-direction: column; box-sizing: border-box; height: 100%; color: var(--ink); background: var(--ground);
  font: 12px/1.4 system-ui, -apple-system, "Segoe UI", sans-serif; border: 1px solid var(--line); border-radius: 6px;
  overflow: hidden; position: relative; }
.fk-table[data-theme=dark] { --ink: #e4e8eb; --faint: #9aa5ad; --line: #3a434a; --ground: #16191c; --head: #1f2428;
  --hover: #262c31; --accent: #7db8e8; --bar: #3f6f96; --mark: rgba(125, 184, 232, 0.22); --bad: #f08f86; color-scheme: dark; }
.fk-bar-top { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; padding: 5px 8px; border-bottom: 1px solid var(--line);
  background: var(--head); }
.fk-title { font-weight: 600; }
.fk-count { color: var(--faint); font-variant-numeric: tabular-nums; }
.fk-space { flex: 1; }
[hidden] { display: none !important; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; cursor: pointer; text-align: inherit; }
button:disabled { cursor: default; }
.fk-action { color: var(--accent); padding: 1px 4px; border-radius: 4px; }
.fk-action:hover:not(:disabled) { background: var(--mark); }
.fk-chip { display: inline-flex; gap: 4px; align-items: center; padding: 0 4px 0 8px; border-radius: 9px; background: var(--mark); max-width: 320px; }
.fk-chip span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.fk-chip button { padding: 0 4px; font-size: 13px; line-height: 1.3; }
.fk-error { color: var(--bad); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.fk-body { position: relative; flex: 1; min-height: 60px; outline-offset: -2px; }
regular-table { outline: none; padding: 0; scrollbar-width: thin; scrollbar-color: var(--faint) transparent; background: var(--ground); }
regular-table table { border-spacing: 0; border-collapse: separate; position: absolute; color: var(--ink); outline: none; }
regular-table table * { box-sizing: border-box; }
regular-table th, regular-table td { white-space: nowrap; padding: 0 10px; height: 24px; font-size: 12px; line-height: 23px;
  border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; max-width: 340px; overflow: hidden; text-overflow: ellipsis; }
regular-table thead th { background: var(--head); height: auto; vertical-align: top; padding: 4px 10px 3px; line-height: 1.35;
  position: relative; border-right: 1px solid var(--line); }
regular-table tbody th { color: var(--faint); text-align: right; background: var(--head); font-variant-numeric: tabular-nums;
  border-right: 1px solid var(--line); cursor: default; user-select: none; padding: 0 8px; }
regular-table tbody td { font-variant-numeric: tabular-nums; cursor: cell; border-right: 1px solid transparent; }
regular-table tbody tr:hover td { background: var(--hover); }
regular-table td.fk-null { color: var(--faint); font-style: italic; }
regular-table td.fk-wait { color: var(--faint); }
regular-table tbody td.fk-selected, regular-table tbody tr:hover td.fk-selected { background: var(--mark); }
regular-table tbody th.fk-selected { background: var(--mark); color: var(--ink); }
regular-table tbody td.fk-focus { box-shadow: inset 0 0 0 2px var(--accent); }
regular-table .rt-column-resize { height: 100%; width: 8px; position: absolute; top: 0; right: 0; cursor: col-resize; }
.fk-head { display: block; min-width: 110px; user-select: none; }
.fk-head-top { display: flex; gap: 4px; align-items: center; justify-content: space-between; }
.fk-sort { font-weight: 600; display: flex; gap: 4px; max-width: 220px; overflow: hidden; }
.fk-sort span:first-child { overflow: hidden; text-overflow: ellipsis; }
.fk-sort:hover:not(:disabled) { color: var(--accent); }
.fk-arrow { color: var(--accent); font-size: 10px; }
.fk-funnel { color: var(--faint); padding: 2px; border-radius: 3px; line-height: 0; margin-right: 4px; }
.fk-funnel:hover { color: var(--accent); }
.fk-type { color: var(--faint); font-size: 11px; }
.fk-nulls { color: var(--accent); font-size: 11px; }
.fk-summary { height: 44px; padding-top: 3px; overflow: hidden; font-size: 10px; color: var(--faint); }
.fk-bins { display: block; overflow: visible; cursor: crosshair; touch-action: none; }
.fk-bins text { font-size: 9.5px; fill: var(--faint); }
.fk-bar { fill: var(--bar); } .fk-brush { fill: var(--mark); }
.fk-top { display: grid; gap: 1px; width: 130px; }
.fk-value { display: flex; justify-content: space-between; gap: 6px; height: 13px; line-height: 13px; padding: 0 3px; border-radius: 2px; color: var(--ink);
  background: linear-gradient(to right, var(--mark) var(--share), transparent var(--share)); font-size: 10px; width: 100%; }
.fk-value span:first-child { overflow: hidden; text-overflow: ellipsis; }
.fk-value span:last-child { color: var(--faint); }
.fk-value:hover { outline: 1px solid var(--accent); }
.fk-line { fill: none; stroke: var(--accent); stroke-width: 6; vector-effect: none; }
svg[viewBox^="0 -1"] .fk-line { stroke-width: 1.2; }
.fk-area { fill: var(--bar); stroke: var(--accent); stroke-width: 4; }
td svg { vertical-align: -3px; }
.fk-thumb { height: 20px; max-width: 60px; object-fit: contain; vertical-align: middle; }
.fk-menu { position: absolute; z-index: 5; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: 8px; display: grid; gap: 6px;
  box-shadow: 0 4px 16px rgba(0, 0, 0, 0.18); min-width: 180px; max-width: 320px; }
.fk-menu label { display: flex; gap: 6px; align-items: center; justify-content: space-between; }
.fk-menu input, .fk-menu select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--faint); border-radius: 4px; padding: 2px 5px; width: 150px; }
.fk-menu .fk-row { display: flex; gap: 10px; justify-content: flex-end; }
.fk-status { position: absolute; right: 12px; bottom: 10px; padding: 1px 8px; border-radius: 4px; background: var(--head); color: var(--faint);
  border: 1px solid var(--line); pointer-events: none; }
.fk-live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;
