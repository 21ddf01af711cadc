/** How a file comes and goes. */
export interface TransferOptions {
  /** Longest wait for the next bytes, seconds. */
  timeout?: number;
  signal?: AbortSignal;
}
