/** Texts that no output may show: tokens, and values of secrets. Whoever shows things is told of them before anything can. */
const known = new Set<string>();
let tell: ((values: string[]) => void) | undefined;

/** Installs who keeps secrets out of what is shown; it is told at once of those that are known. */
export function setSecretSink(sink: ((values: string[]) => void) | undefined): void {
  tell = sink;
  if (known.size > 0) tell?.([...known]);
}

/** To be called as soon as a secret is in this process, and before anybody has it. */
export function keepSecret(...values: (string | undefined)[]): void {
  const fresh = values.filter((value) => value !== undefined && value !== "" && !known.has(value)) as string[];
  if (fresh.length === 0) return;
  for (const value of fresh) known.add(value);
  tell?.(fresh);
}

export const knownSecrets = (): ReadonlySet<string> => known;
