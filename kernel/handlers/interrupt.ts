import type { Handler } from "../receive.ts";

export const interruptRequest: Handler = (kernel, { reply }) => {
  kernel.session.interrupt();
  reply("interrupt_reply", { status: "ok" });
};
