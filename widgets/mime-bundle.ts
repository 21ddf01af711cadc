/** How a value shows: the `data` and `metadata` of a Jupyter `display_data` message. */
export interface MimeBundle {
  /** By mime type: text for text types, base64 text for binary ones, plain objects for JSON types. */
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** An object that draws itself has a method of this name, as in Deno's kernel; it returns the `data` of a bundle. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;
