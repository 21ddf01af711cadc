/** A name that nothing else has. `crypto.randomUUID` is missing on pages without https. */
export const freshId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");
