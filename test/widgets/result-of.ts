import assert from "node:assert/strict";
import type { openTestKernel } from "../kernel/talk.ts";

/** Runs a cell; gives the bundle that its value shows itself with. */
export async function resultOf(
  kernel: Awaited<ReturnType<typeof openTestKernel>>,
  code: string,
): Promise<Record<string, unknown>> {
  const said = await kernel.run(code);
  assert.equal(said.status, "ok", said.error);
  const result = said.messages.find(({ header }) => header.msg_type === "execute_result");
  return result!.content.data as Record<string, unknown>;
}
