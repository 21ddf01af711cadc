import { widgetControl } from "../comms.ts";
import type { Kernel, Request } from "../kernel.ts";
import type { Handler } from "../receive.ts";
import type { CommMessage } from "../session/messages.ts";

/**
 * `comm_open`, `comm_msg`, `comm_close`: to the session, but for the displays' own and jupyter.widget.control, which are
 * answered while a cell runs.
 */
export const commMessage: Handler = async (kernel, request) => {
  const { header, content, metadata, buffers } = request.message;
  const type = header.msg_type as CommMessage["type"];
  const id = String(content.comm_id);
  const { controls } = kernel.comms;
  if (type === "comm_open" && content.target_name === widgetControl) {
    const opened: CommMessage = { type, content, metadata, buffers };
    controls.set(id, opened);
    // The session is to know that there is somebody who draws widgets.
    void kernel.session.comm(opened, header);
    kernel.views.probe(header);
    return;
  }
  if (controls.has(id)) {
    if (type === "comm_close") controls.delete(id);
    else if ((content.data as { method?: string } | undefined)?.method === "request_states")
      sendStates(kernel, request, id);
    return;
  }
  const message: CommMessage = { type, content, metadata, buffers };
  if (await kernel.displayComm(message, header)) return;
  kernel.comms.note(message);
  await kernel.session.comm(message, header);
};

function sendStates(kernel: Kernel, { message }: Request, comm_id: string): void {
  const { data, buffers } = kernel.comms.widgetStates();
  kernel.iopub.publish(
    "comm_msg",
    message.header,
    { comm_id, data },
    { buffers: buffers.map((each) => Buffer.from(each)) },
  );
}
