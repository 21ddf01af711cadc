/** Names that exist on the worker without being declared or imported: what a UDF may use as it stands. */
export const workerGlobals: ReadonlySet<string> = new Set(
  // ECMAScript
  (
    "globalThis undefined NaN Infinity eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI " +
    "encodeURIComponent escape unescape Object Function Boolean Symbol Error AggregateError EvalError RangeError " +
    "ReferenceError SyntaxError TypeError URIError SuppressedError DisposableStack AsyncDisposableStack Number BigInt " +
    "Math Date String RegExp Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array " +
    "Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Map Set WeakMap WeakSet WeakRef " +
    "FinalizationRegistry ArrayBuffer SharedArrayBuffer DataView Atomics JSON Iterator Promise Reflect Proxy Intl " +
    "WebAssembly " +
    // the host's
    "console fetch Headers Request Response URL URLSearchParams TextEncoder TextDecoder AbortController AbortSignal " +
    "setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate " +
    "queueMicrotask structuredClone atob btoa performance crypto " +
    "Blob Event EventTarget DOMException require fused"
  ).split(" "),
);
