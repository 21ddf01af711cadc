/** A short line over the corner of a display that says what a reader should know of it. */
export function badge(text: string): HTMLElement {
  const element = document.createElement("div");
  element.className = "fused-badge";
  element.setAttribute("role", "status");
  element.textContent = text;
  element.style.cssText =
    "position: absolute; left: 8px; top: 8px; max-width: calc(100% - 32px); padding: 3px 8px; border-radius: 4px; " +
    "font: 12px/1.4 system-ui, sans-serif; color: #fff; background: rgba(36, 48, 58, 0.85); pointer-events: none;";
  return element;
}
