import type { Handler } from "../receive.ts";
import { commInfoRequest } from "./comm-info.ts";
import { commMessage } from "./comm.ts";
import { completeRequest } from "./complete.ts";
import { executeRequest } from "./execute.ts";
import { historyRequest } from "./history.ts";
import { inputReply } from "./input.ts";
import { inspectRequest } from "./inspect.ts";
import { interruptRequest } from "./interrupt.ts";
import { isCompleteRequest } from "./is-complete.ts";
import { kernelInfoRequest } from "./kernel-info.ts";
import { shutdownRequest } from "./shutdown.ts";
import { createSubshellRequest, deleteSubshellRequest, listSubshellRequest } from "./subshell.ts";

/** Who answers which message. */
export const handlers: Record<string, Handler | undefined> = {
  kernel_info_request: kernelInfoRequest,
  execute_request: executeRequest,
  complete_request: completeRequest,
  inspect_request: inspectRequest,
  is_complete_request: isCompleteRequest,
  history_request: historyRequest,
  comm_info_request: commInfoRequest,
  comm_open: commMessage,
  comm_msg: commMessage,
  comm_close: commMessage,
  create_subshell_request: createSubshellRequest,
  list_subshell_request: listSubshellRequest,
  delete_subshell_request: deleteSubshellRequest,
  interrupt_request: interruptRequest,
  shutdown_request: shutdownRequest,
  input_reply: inputReply,
};
