import { findSecrets, openEnd, type SecretForms } from "./secret-forms.ts";

export const mask = "••••••••";
/** An end of the text that may be the beginning of a secret, and is as short as this, may be shown meanwhile. */
const harmless = 8;

/**
 * Takes secrets out of a text that comes in pieces, also where one is spread over many of them. What may be the beginning of one
 * waits for the next piece.
 */
export class StreamScrubber {
  readonly #forms: SecretForms;
  /** The end of what has come that may be, or is, the beginning of a secret. */
  #end = "";
  /** So much of it has been given, or a mask in its place. */
  #given = 0;
  #isMasked = false;

  constructor(forms: SecretForms) {
    this.#forms = forms;
  }

  /** Whether something waits. */
  get holds(): boolean {
    return this.#given < this.#end.length;
  }

  /** Takes the next piece; gives what can be shown. */
  push(piece: string): string {
    const text = this.#end + piece;
    const given = this.#given;
    let at = given;
    let shown = "";
    const found = findSecrets(this.#forms, text);
    for (const { start, end } of found) {
      if (end <= given) continue;
      if (start >= at) shown += text.slice(at, start) + mask;
      else if (!this.#isMasked) shown += mask;
      at = end;
    }
    const last = found.at(-1);
    if (last?.isOpen) {
      this.#keep(text.slice(last.start), true, true);
      return shown;
    }
    const start = Math.max(text.length - openEnd(this.#forms, text), last?.end ?? 0);
    if (start > at) shown += text.slice(at, start);
    this.#end = text.slice(start);
    this.#given = Math.max(0, at - start);
    this.#isMasked = this.#isMasked && this.#given > 0;
    return shown;
  }

  /**
   * Gives what waits, where it is short; longer, it is so like a secret that a mask takes its place, which has time until
   * something else is shown. @param isForced something else is shown now
   */
  release(isForced: boolean): string {
    if (!this.holds) return "";
    const end = this.#end;
    if (end.length <= harmless) {
      const shown = end.slice(this.#given);
      this.#keep(end, true, false);
      return shown;
    }
    if (!isForced) return "";
    const shown = this.#isMasked ? "" : mask;
    this.#keep(end, true, true);
    return shown;
  }

  #keep(end: string, isGiven: boolean, isMasked: boolean): void {
    this.#end = end;
    this.#given = isGiven ? end.length : 0;
    this.#isMasked = isMasked;
  }
}
