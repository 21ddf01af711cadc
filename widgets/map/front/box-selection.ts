import { element } from "./element.ts";

/** Lets the reader draw one box over the map. */
export function boxSelection(
  root: HTMLElement,
  canvas: HTMLElement,
  chosen: (box: [x: number, y: number, width: number, height: number]) => void,
): { arm(isOn: boolean): void; close(): void } {
  const sheet = element("div");
  sheet.style.cssText = "position: absolute; inset: 0; cursor: crosshair; z-index: 1; touch-action: none;";
  const frame = element("div");
  frame.style.cssText =
    "position: absolute; border: 1.5px solid var(--focus); background: color-mix(in srgb, var(--focus) 15%, transparent);";
  let from: [number, number] | undefined;
  const at = (event: PointerEvent): [number, number] => {
    const { left, top } = root.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const boxTo = ([x, y]: [number, number]): [number, number, number, number] => [
    Math.min(x, from![0]),
    Math.min(y, from![1]),
    Math.abs(x - from![0]),
    Math.abs(y - from![1]),
  ];
  sheet.onpointerdown = (event) => {
    from = at(event);
    sheet.setPointerCapture(event.pointerId);
    sheet.append(frame);
  };
  sheet.onpointermove = (event) => {
    if (!from) return;
    const [x, y, width, height] = boxTo(at(event));
    frame.style.left = `${x}px`;
    frame.style.top = `${y}px`;
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
  };
  sheet.onpointerup = (event) => {
    if (!from) return;
    const box = boxTo(at(event));
    from = undefined;
    frame.remove();
    sheet.remove();
    if (box[2] > 2 && box[3] > 2) chosen(box);
  };
  return {
    arm(isOn) {
      from = undefined;
      frame.remove();
      if (isOn) canvas.after(sheet);
      else sheet.remove();
    },
    close: () => sheet.remove(),
  };
}
