/** Acts once nothing has come for a while, on what came last. */
export interface AfterRest<T> {
  put(value: T): void;
  /** What waits is dropped. */
  close(): void;
}

/** @param pause milliseconds */
export function afterRest<T>(pause: number, act: (value: T) => void): AfterRest<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => clearTimeout(timer);
  return {
    put(value) {
      close();
      timer = setTimeout(() => act(value), pause);
    },
    close,
  };
}
