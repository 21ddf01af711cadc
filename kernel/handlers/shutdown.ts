import type { Handler } from "../receive.ts";

export const shutdownRequest: Handler = async (kernel, { message, reply }) => {
  const restart = message.content.restart === true;
  reply("shutdown_reply", { status: "ok", restart });
  kernel.iopub.publish("shutdown_reply", message.header, { status: "ok", restart });
  kernel.status(message.header, "idle");
  await kernel.shutdown();
  process.exit(0);
};
