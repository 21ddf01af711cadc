import type { KernelMessage } from "@jupyterlab/services";
import type { Handler } from "../receive.ts";

export const commInfoRequest: Handler = (_kernel, { reply }) => reply("comm_info_reply", { status: "ok", comms: {} } satisfies KernelMessage.ICommInfoReplyMsg["content"]);
