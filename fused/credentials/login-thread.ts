import { parentPort, workerData } from "node:worker_threads";
import { startLogin, type LoginAsked, type LoginOutcome, type LoginTask } from "./login.ts";
import type { LoginError } from "./provider.ts";

/**
 * Entry of the thread in which a log-in is done. A cell may keep the main thread busy for minutes; the browser that comes back
 * meanwhile gets its page all the same, and the tokens are in the file before the cell ends.
 */
export type ToLogin = { type: "finalize"; id: number; text: string } | { type: "cancel" };

export type FromLogin =
  | { type: "asked"; asked: LoginAsked }
  | { type: "done"; outcome: LoginOutcome }
  | { type: "failed"; message: string; reason: LoginError["reason"] }
  | { type: "finalized"; id: number; problem?: string };

const port = parentPort!;
const tell = (message: FromLogin): void => port.postMessage(message);

const login = startLogin({
  ...(workerData as Omit<LoginTask, "onAsked">),
  onAsked: (asked) => tell({ type: "asked", asked }),
});
port.on("message", (message: ToLogin) => {
  if (message.type === "cancel") return login.cancel();
  login.finalize(message.text).then(
    () => tell({ type: "finalized", id: message.id }),
    (error: Error) => tell({ type: "finalized", id: message.id, problem: error.message }),
  );
});
login.outcome
  .then(
    (outcome) => tell({ type: "done", outcome }),
    ({ message, reason }: LoginError) => tell({ type: "failed", message, reason: reason ?? "provider" }),
  )
  // The browser's page is still on its way.
  .finally(() => setTimeout(() => port.close(), 1000));
