/**
 * The SDK's UDFs, loaded at first use. A notebook session connects the SDK when its global `fused` is first read, which
 * a cell of magics alone never does.
 */
export async function openSdk(): Promise<typeof import("../fused/udf.ts")> {
  void (globalThis as { fused?: unknown }).fused;
  return import("../fused/udf.ts");
}
