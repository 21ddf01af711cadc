import { addSecret, findSecrets, type SecretForms } from "./secret-forms.ts";
import { mask, StreamScrubber } from "./stream-scrubber.ts";

/**
 * Keeps known secrets out of all that leaves the kernel: outputs, replies, comm messages, history, the log. As long as none is known
 * nothing is looked at.
 */
export interface Scrubber {
  /** True where no secret is known. */
  readonly isIdle: boolean;
  know(values: Iterable<string>): void;
  text(text: string): string;
  /** JSON with the secrets in its texts and names taken out. */
  value<T>(value: T): T;
  /** Bytes keep their length: asterisks take a secret's place. */
  buffers(buffers: Buffer[]): Buffer[];
  /** For a text that comes in pieces. */
  stream(): StreamScrubber;
}

export function createScrubber(): Scrubber {
  const forms: SecretForms = { byNeedle: new Map() };
  const known = new Set<string>();

  const text = (from: string): string => {
    const found = findSecrets(forms, from);
    if (found.length === 0) return from;
    let at = 0;
    let shown = "";
    for (const { start, end } of found) {
      shown += from.slice(at, start) + mask;
      at = end;
    }
    return shown + from.slice(at);
  };
  const value = (from: unknown): unknown => {
    if (typeof from === "string") return text(from);
    if (typeof from !== "object" || from === null) return from;
    if (Array.isArray(from)) return from.map(value);
    // What JSON has another form for writes itself first.
    if (typeof (from as { toJSON?: unknown }).toJSON === "function") return from;
    return Object.fromEntries(Object.entries(from).map(([name, each]) => [text(name), value(each)]));
  };
  const bytes = (from: Buffer): Buffer => {
    // A byte a character: what is found is found at its place.
    const latin1 = from.toString("latin1");
    const found = findSecrets(forms, latin1);
    if (found.length === 0) return from;
    const masked = Buffer.from(from);
    for (const { start, end } of found) masked.fill("*", start, end);
    return masked;
  };

  return {
    get isIdle() {
      return known.size === 0;
    },
    know(values) {
      for (const each of values) {
        if (known.has(each)) continue;
        known.add(each);
        addSecret(forms, each);
        // In bytes, a secret with other letters than ASCII's stands as UTF-8.
        // oxlint-disable-next-line no-control-regex
        if (/[^\0-\x7f]/.test(each)) addSecret(forms, Buffer.from(each).toString("latin1"));
      }
    },
    text: (from) => (known.size === 0 ? from : text(from)),
    value: <T>(from: T) => (known.size === 0 ? from : (value(from) as T)),
    buffers: (from) => (known.size === 0 ? from : from.map(bytes)),
    stream: () => new StreamScrubber(forms),
  };
}
