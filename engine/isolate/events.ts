/** https://dom.spec.whatwg.org/#events, without a tree: enough for AbortSignal and for code that listens to it. */
export class Event {
  readonly type: string;
  readonly cancelable: boolean;
  readonly timeStamp = Date.now();
  target: unknown = null;
  currentTarget: unknown = null;
  defaultPrevented = false;
  /** Set by `stopImmediatePropagation`. */
  isStopped = false;

  constructor(type: unknown, options: { cancelable?: boolean } = {}) {
    this.type = String(type);
    this.cancelable = Boolean(options.cancelable);
  }

  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }

  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    this.isStopped = true;
  }
}

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

interface Listening {
  listener: Listener;
  isOnce: boolean;
}

export class EventTarget {
  #listening = new Map<string, Listening[]>();

  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | { once?: boolean; signal?: AbortSignal },
  ): void {
    if (!listener) return;
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted) return;
    const listeners = this.#listening.get(type) ?? [];
    if (listeners.some((each) => each.listener === listener)) return;
    this.#listening.set(type, [...listeners, { listener, isOnce: once }]);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    const listeners = this.#listening.get(type) ?? [];
    this.#listening.set(
      type,
      listeners.filter((each) => each.listener !== listener),
    );
  }

  dispatchEvent(event: Event): boolean {
    event.target = this;
    event.currentTarget = this;
    for (const { listener, isOnce } of this.#listening.get(event.type) ?? []) {
      if (isOnce) this.removeEventListener(event.type, listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
      if (event.isStopped) break;
    }
    return !event.defaultPrevented;
  }
}

/** https://webidl.spec.whatwg.org/#idl-DOMException */
export class DOMException extends Error {
  constructor(message: unknown = "", name: unknown = "Error") {
    super(String(message));
    Object.defineProperty(this, "name", { value: String(name), configurable: true });
  }

  get code(): number {
    return { NotFoundError: 8, AbortError: 20, TimeoutError: 23, DataCloneError: 25 }[this.name] ?? 0;
  }
}

const mayMake = Symbol("made by an AbortController");

/** https://dom.spec.whatwg.org/#interface-abortsignal */
export class AbortSignal extends EventTarget {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((event: Event) => unknown) | null = null;

  constructor(key?: unknown) {
    super();
    if (key !== mayMake) throw new TypeError("Illegal constructor: make an AbortController.");
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  static abort(reason?: unknown): AbortSignal {
    const controller = new AbortController();
    controller.abort(reason);
    return controller.signal;
  }

  static timeout(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("The operation timed out.", "TimeoutError")), milliseconds);
    return controller.signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const controller = new AbortController();
    for (const signal of signals) {
      if (signal.aborted) controller.abort(signal.reason);
      else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
    }
    return controller.signal;
  }
}

export class AbortController {
  readonly signal = new AbortSignal(mayMake);

  abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): void {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    this.signal.reason = reason;
    const event = new Event("abort");
    this.signal.onabort?.(event);
    this.signal.dispatchEvent(event);
  }
}
