/** What cells know as `fused.controls`. */
export { button, hbox, html, output, progress, vbox } from "./boxes.ts";
export { checkbox, select } from "./choices.ts";
export { date, text } from "./entries.ts";
export { range, slider } from "./sliders.ts";
