import { randomUUID } from "node:crypto";
import { askForInput } from "./input.ts";
import type { QueuedCell } from "../execution-queue.ts";
import { knowSavedLogin } from "../scrub/own-secrets.ts";
import type { Kernel, Request } from "../kernel.ts";
import type { Handler } from "../receive.ts";
import type { SentCell } from "../session-slot.ts";

let executionCount = 0;

/** `execute_request`: waits for its turn, runs the cell in the session, replies, and only then is idle. */
export const executeRequest: Handler = (kernel, request) => {
  const { subshell_id } = request.message.header;
  const queue = kernel.subshells.queue(subshell_id);
  if (!queue) return refuse(kernel, request, `There is no subshell ${subshell_id}: it was deleted, or never created.`);
  queue.add(queuedCell(kernel, request));
};

/** The cell that each shell sent last, which the next one is sent behind. */
const lastSent = new Map<string, SentCell>();

function queuedCell(kernel: Kernel, request: Request): QueuedCell {
  const { message, reply } = request;
  const content = message.content as {
    code?: unknown;
    silent?: boolean;
    store_history?: boolean;
    user_expressions?: Record<string, string>;
    allow_stdin?: boolean;
    stop_on_error?: boolean;
  };
  const code = String(content.code ?? "");
  const silent = content.silent ?? false;
  const store = (content.store_history ?? !silent) && !silent;
  const stopOnError = content.stop_on_error !== false;
  const shell = message.header.subshell_id ?? "";
  let sent: SentCell;
  let count: number;
  let started: string;

  return {
    send(ahead) {
      if (store) executionCount++;
      count = Math.max(1, executionCount);
      started = new Date().toISOString();
      sent = kernel.session.execute(
        {
          code,
          count,
          silent,
          stopOnError,
          userExpressions: content.user_expressions ?? {},
          allowStdin: content.allow_stdin ?? false,
        },
        {
          parent: message.header,
          ...(content.allow_stdin && {
            askForInput: (prompt: string, password: boolean) => askForInput(kernel, message, prompt, password),
          }),
        },
        ahead ? lastSent.get(shell) : undefined,
      );
      lastSent.set(shell, sent);
    },

    async present() {
      knowSavedLogin(kernel.scrubber);
      kernel.status(message.header, "busy");
      if (!silent) kernel.iopub.publish("execute_input", message.header, { code, execution_count: count });
      if (store) kernel.history.add(count, kernel.scrubber.text(code));
      const { outcome, payload } = await sent.open();
      const metadata = { started, status: outcome.status, engine: engineId, dependencies_met: true };
      const failed = outcome.status !== "ok";
      if (outcome.status === "error") {
        const { ename, evalue, traceback } = outcome;
        const shown = { ename, evalue, traceback };
        if (!silent) kernel.iopub.publish("error", message.header, shown);
        kernel.iopub.flush();
        reply(
          "execute_reply",
          { status: "error", execution_count: count, ...shown, payload, user_expressions: {} },
          metadata,
        );
      } else {
        kernel.iopub.flush();
        const user_expressions = outcome.status === "ok" ? outcome.userExpressions : {};
        reply("execute_reply", { status: outcome.status, execution_count: count, payload, user_expressions }, metadata);
      }
      kernel.status(message.header, "idle");
      return { failed: failed && stopOnError };
    },

    abort(wasSent) {
      if (wasSent) {
        sent.drop();
        if (store) executionCount--;
      }
      kernel.status(message.header, "busy");
      reply("execute_reply", { status: "aborted", execution_count: executionCount });
      kernel.status(message.header, "idle");
    },
  };
}

function refuse(kernel: Kernel, { message, reply }: Request, evalue: string): void {
  kernel.status(message.header, "busy");
  reply("execute_reply", {
    status: "error",
    execution_count: executionCount,
    ename: "SubshellError",
    evalue,
    traceback: [evalue],
  });
  kernel.status(message.header, "idle");
}

const engineId = randomUUID();
