/** What `fused.api` gives for a shared token, which shows its beginning only. */
export interface RevealedToken {
  reveal(): string;
}

/** The text of a shared token, from itself or from what `fused.api` gives for one; undefined for anything else. */
export function sharedTokenText(given: unknown): string | undefined {
  const text = isRevealed(given) ? given.reveal() : given;
  return typeof text === "string" && /^fsh_[\w-]+$/.test(text.trim()) ? text.trim() : undefined;
}

function isRevealed(given: unknown): given is RevealedToken {
  return typeof given === "object" && given !== null && typeof (given as RevealedToken).reveal === "function";
}
