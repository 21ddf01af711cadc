/** Attributes of a Plotly figure, of which nobody has said that they are what they should be. */
export type Attributes = Record<string, unknown>;

/** What is no object has no attributes. */
export function attributesOf(value: unknown): Attributes {
  return typeof value === "object" && value !== null ? (value as Attributes) : {};
}
