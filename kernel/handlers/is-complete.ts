import type { Handler } from "../receive.ts";

export const isCompleteRequest: Handler = async (kernel, { message, reply }) => {
  const answer = await kernel.session.ask({ about: "is_complete", code: String(message.content.code ?? "") });
  reply("is_complete_reply", answer.status ? answer : { status: "unknown" });
};
