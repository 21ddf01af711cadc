/** The `data` and `metadata` of a Jupyter display. */
export interface DisplayBundle {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/** Where displays of the SDK go: a notebook session shows a bundle under an id, and later puts another in its place. */
export interface DisplaySink {
  display(bundle: DisplayBundle, id: string): void;
  update(bundle: DisplayBundle, id: string): void;
}

let sink: DisplaySink | undefined;

/** Installs the session's display; undefined takes it away (a script, which shows nothing of itself). */
export function setDisplaySink(displaySink: DisplaySink | undefined): void {
  sink = displaySink;
}

export function displaySink(): DisplaySink | undefined {
  return sink;
}
