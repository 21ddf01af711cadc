/** How a value shows: the `data` and `metadata` of a Jupyter `display_data` message. */
export interface MimeBundle {
  /** By mime type: text for text types, base64 text for binary ones, plain objects for JSON types. */
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/**
 * The display that stands for a bundle while it is made, with the progress of that: the bundle then takes it over. The
 * bundle's `data` hold it under this name; a bundle that has it is a display of its own rather than a cell's result.
 */
export const displayPlace: unique symbol = Symbol.for("fused.display.place") as never;

export interface DisplayPlace {
  /** Absent where nothing has been shown yet, and where the bundle stands there already. */
  id?: string;
}

/**
 * Where a bundle that has a place is to be shown: in the display that is there, or in a new one.
 * @returns undefined where it has none
 */
export function takePlace({ data }: MimeBundle): { displayId: string; update: boolean } | undefined {
  const place = (data as { [displayPlace]?: DisplayPlace })[displayPlace];
  if (!place) return undefined;
  const { id } = place;
  place.id = undefined;
  return { displayId: id ?? crypto.randomUUID(), update: id !== undefined };
}

/** An object that draws itself has a method of this name, as in Deno's kernel; it returns the `data` of a bundle. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;
