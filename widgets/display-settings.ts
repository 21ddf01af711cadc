/** What the notebook's owner has set about displays. */
export interface DisplaySettings {
  /** Draw values as tables, maps and charts; false: as text alone. */
  showWidget: boolean;
  /** Set the thousands of counts apart: `3,000,000`. */
  formatNumbers: boolean;
}

/** A registered symbol, so that the bundles of the SDK and of the widgets mean the same settings. */
const key: unique symbol = Symbol.for("fused.display.settings") as never;
const place = globalThis as { [key]?: () => DisplaySettings };

/** Says where the settings are read, at each display. */
export function setDisplaySettings(read: () => DisplaySettings): void {
  place[key] = read;
}

export function displaySettings(): DisplaySettings {
  return place[key]?.() ?? { showWidget: true, formatNumbers: true };
}
