/**
 * Runs that wait for their turn. Clients take turns, whatever the length of their queues; runs that runs have asked for go
 * first, the deepest before others, because somebody holds an isolate while waiting for them. Every other turn is a client's
 * all the same, so that one with many runs in runs does not keep the rest waiting.
 */
export class RunQueues<Entry> {
  /** Clients with queued runs; the first is next. */
  #clients = new Map<object, Entry[]>();
  /** Runs asked for by runs, by depth. */
  #nested: Entry[][] = [];
  #isClientsTurn = false;

  /** @param depth 0 for a run that a client asked for itself */
  add(client: object, depth: number, entry: Entry): void {
    if (depth > 0) (this.#nested[depth] ??= []).push(entry);
    else if (this.#clients.has(client)) this.#clients.get(client)!.push(entry);
    else this.#clients.set(client, [entry]);
  }

  /** Puts a client's runs back to where they came from, the front. */
  putBack(client: object, entries: Entry[]): void {
    const queue = this.#clients.get(client);
    if (queue) queue.unshift(...entries);
    else if (entries.length > 0) this.#clients.set(client, entries);
  }

  /** Takes the runs of a client that stand at the front and are like another, so many at most. */
  takeAlike(client: object, most: number, isAlike: (entry: Entry) => boolean): Entry[] {
    const queue = this.#clients.get(client);
    if (!queue) return [];
    let count = 0;
    while (count < most && count < queue.length && isAlike(queue[count]!)) count++;
    const taken = queue.splice(0, count);
    if (queue.length === 0) this.#clients.delete(client);
    return taken;
  }

  /** How many runs of a client wait. */
  length(client: object): number {
    return this.#clients.get(client)?.length ?? 0;
  }

  /** False where it is not here any more. */
  remove(client: object, depth: number, entry: Entry): boolean {
    const queue = depth > 0 ? this.#nested[depth] : this.#clients.get(client);
    const at = queue?.indexOf(entry) ?? -1;
    if (at < 0) return false;
    queue!.splice(at, 1);
    if (depth === 0 && queue!.length === 0) this.#clients.delete(client);
    return true;
  }

  /** Takes the run whose turn it is. `fits`: whether one more of a depth may run. */
  next(fits: (depth: number) => boolean): Entry | undefined {
    const [first, second] = this.#isClientsTurn
      ? [this.#nextOfClients, this.#nextNested]
      : [this.#nextNested, this.#nextOfClients];
    return first.call(this, fits) ?? second.call(this, fits);
  }

  #nextNested(fits: (depth: number) => boolean): Entry | undefined {
    for (let depth = this.#nested.length - 1; depth > 0; depth--) {
      const queue = this.#nested[depth];
      if (!queue || queue.length === 0 || !fits(depth)) continue;
      this.#isClientsTurn = true;
      return queue.shift();
    }
    return undefined;
  }

  /** The first run of the client whose turn it is; that client goes to the end of the row. */
  #nextOfClients(fits: (depth: number) => boolean): Entry | undefined {
    const [first] = this.#clients;
    if (!first || !fits(0)) return undefined;
    const [client, queue] = first;
    const next = queue.shift();
    this.#clients.delete(client);
    if (queue.length > 0) this.#clients.set(client, queue);
    this.#isClientsTurn = false;
    return next;
  }
}
