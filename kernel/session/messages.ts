import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import type { WidgetDefinition } from "../../widgets/widget-kernel.ts";

/** What the kernel asks of the session. `execution` numbers an execute request; outputs carry it back. */
export type ToSession =
  | {
      type: "execute";
      execution: number;
      /** The number in `In [n]`, for the name of the cell in stack traces. */
      count: number;
      code: string;
      silent: boolean;
      /** A failure takes the cell that was sent after it with it. */
      stopOnError: boolean;
      /** The cell that this one was sent behind, before that was done; the session runs it when that is done. */
      behind?: number;
      userExpressions: Record<string, string>;
      allowStdin: boolean;
    }
  | { type: "interrupt" }
  | { type: "ask"; id: number; question: Question }
  | { type: "stdin"; execution: number; value: string | null }
  | { type: "comm"; execution: number; message: CommMessage }
  | { type: "engine"; id: number; socketPath?: string; error?: string }
  | ({ type: "widget" } & WidgetMessage);

/** Questions that do not run the user's code. */
export type Question =
  | { about: "complete"; code: string; cursor: number }
  | { about: "inspect"; code: string; cursor: number; detail: number }
  | { about: "is_complete"; code: string };

/** What the session tells the kernel, in the order in which it happened. */
export type FromSession =
  | { type: "ready" }
  | { type: "stream"; execution: number; name: "stdout" | "stderr"; text: string }
  | { type: "display"; execution: number; bundle: MimeBundle; displayId?: string; update: boolean }
  | { type: "clear"; execution: number; wait: boolean }
  | { type: "result"; execution: number; bundle: MimeBundle }
  | { type: "publish"; execution: number; message: Publication }
  | { type: "payload"; execution: number; payload: Record<string, unknown> }
  | { type: "stdin"; execution: number; prompt: string; password: boolean }
  | { type: "engine"; id: number }
  /** Texts that nothing may show from here on. */
  | { type: "secrets"; execution: number; values: string[] }
  | { type: "widget.define"; execution: number; definition: WidgetDefinition }
  | ({ type: "widget"; execution: number } & WidgetMessage)
  /** A comm message has been with its listeners. */
  | { type: "delivered"; execution: number }
  | { type: "done"; execution: number; outcome: Outcome }
  | { type: "answer"; id: number; answer: Record<string, unknown> };

/** Between a widget's handle in the session and its half in the kernel. */
export interface WidgetMessage {
  id: string;
  kind: string;
  fields: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** A `comm_open`, `comm_msg` or `comm_close` of a front end. */
export interface CommMessage {
  type: "comm_open" | "comm_msg" | "comm_close";
  content: Record<string, unknown>;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** Any message of the session's own on iopub, a comm's above all. */
export interface Publication {
  type: string;
  content: Record<string, unknown>;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}

export type Outcome =
  | { status: "aborted" }
  | { status: "ok"; userExpressions: Record<string, unknown> }
  | { status: "error"; ename: string; evalue: string; traceback: string[]; interrupted?: boolean };
