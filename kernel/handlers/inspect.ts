import { toCodeUnits } from "../cursor-position.ts";
import type { Handler } from "../receive.ts";

export const inspectRequest: Handler = async (kernel, { message, reply }) => {
  const code = String(message.content.code ?? "");
  const cursor = toCodeUnits(code, Number(message.content.cursor_pos ?? code.length));
  const detail = Number(message.content.detail_level ?? 0);
  const answer = await kernel.session.ask({ about: "inspect", code, cursor, detail });
  reply("inspect_reply", {
    status: "ok",
    found: answer.found ?? false,
    data: answer.data ?? {},
    metadata: answer.metadata ?? {},
  });
};
