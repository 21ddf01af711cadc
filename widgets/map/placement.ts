import type { Frame } from "./clip.ts";

/** Where in the picture something stands already, so that labels keep off it and off one another. */
export interface Placement {
  /** Takes a place where it is free and wholly in the picture; false where it is not. */
  take(box: Frame): boolean;
  /** Takes a place whatever stands there. */
  reserve(box: Frame): void;
}

export function createPlacement(width: number, height: number): Placement {
  const taken: Frame[] = [];
  return {
    take(box) {
      if (box.left < 2 || box.top < 2 || box.right > width - 2 || box.bottom > height - 2) return false;
      if (taken.some((other) => overlap(box, other))) return false;
      taken.push(box);
      return true;
    },
    reserve(box) {
      taken.push(box);
    },
  };
}

function overlap(a: Frame, b: Frame): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
