import { randomUUID } from "node:crypto";
import { askForInput } from "./input.ts";
import type { Kernel, Request } from "../kernel.ts";
import type { Handler } from "../receive.ts";

let executionCount = 0;

/** `execute_request`: waits for its turn, runs the cell in the session, replies, and only then is idle. */
export const executeRequest: Handler = (kernel, request) => {
  const { stop_on_error } = request.message.content as { stop_on_error?: boolean };
  const { subshell_id } = request.message.header;
  const queue = kernel.subshells.queue(subshell_id);
  if (!queue) return refuse(kernel, request, `There is no subshell ${subshell_id}: it was deleted, or never created.`);
  queue.add(
    async () => {
      const failed = await execute(kernel, request);
      return { failed: failed && stop_on_error !== false };
    },
    () => abort(kernel, request),
  );
};

async function execute(kernel: Kernel, { message, reply }: Request): Promise<boolean> {
  const content = message.content as {
    code?: unknown;
    silent?: boolean;
    store_history?: boolean;
    user_expressions?: Record<string, string>;
    allow_stdin?: boolean;
  };
  const code = String(content.code ?? "");
  const silent = content.silent ?? false;
  const store = (content.store_history ?? !silent) && !silent;
  const started = new Date().toISOString();
  kernel.status(message.header, "busy");
  if (store) {
    executionCount++;
    kernel.history.add(executionCount, code);
  }
  const count = Math.max(1, executionCount);
  if (!silent) kernel.iopub.publish("execute_input", message.header, { code, execution_count: count });
  const { outcome, payload } = await kernel.session.execute(
    { code, count, silent, userExpressions: content.user_expressions ?? {}, allowStdin: content.allow_stdin ?? false },
    {
      parent: message.header,
      ...(content.allow_stdin && {
        askForInput: (prompt: string, password: boolean) => askForInput(kernel, message, prompt, password),
      }),
    },
  );
  const failed = outcome.status === "error";
  const metadata = { started, status: outcome.status, engine: engineId, dependencies_met: true };
  if (outcome.status === "error") {
    const { ename, evalue, traceback } = outcome;
    if (!silent) kernel.iopub.publish("error", message.header, { ename, evalue, traceback });
    kernel.iopub.flush();
    reply("execute_reply", { status: "error", execution_count: count, ename, evalue, traceback, payload, user_expressions: {} }, metadata);
  } else {
    kernel.iopub.flush();
    const user_expressions = outcome.userExpressions;
    reply("execute_reply", { status: "ok", execution_count: count, payload, user_expressions }, metadata);
  }
  kernel.status(message.header, "idle");
  return failed;
}

function refuse(kernel: Kernel, { message, reply }: Request, evalue: string): void {
  kernel.status(message.header, "busy");
  reply("execute_reply", { status: "error", execution_count: executionCount, ename: "SubshellError", evalue, traceback: [evalue] });
  kernel.status(message.header, "idle");
}

const engineId = randomUUID();

function abort(kernel: Kernel, { message, reply }: Request): void {
  kernel.status(message.header, "busy");
  reply("execute_reply", { status: "aborted", execution_count: executionCount });
  kernel.status(message.header, "idle");
}
