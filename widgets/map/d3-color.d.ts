/** What is used of d3-color, which brings no types. */
declare module "d3-color" {
  interface Rgb {
    r: number;
    g: number;
    b: number;
    opacity: number;
    clamp(): Rgb;
  }
  /** Reads a CSS colour; null for what is none. */
  export function color(text: string): { rgb(): Rgb } | null;
}
