import type { KernelMessage } from "@jupyterlab/services";
import type { Handler } from "../receive.ts";

export const commInfoRequest: Handler = ({ comms }, { message, reply }) => {
  const { target_name } = message.content as { target_name?: string };
  const content = { status: "ok" as const, comms: comms.info(target_name) };
  reply("comm_info_reply", content satisfies KernelMessage.ICommInfoReplyMsg["content"]);
};
