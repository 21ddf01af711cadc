import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { cellSignal, detached, doForCell } from "../cell-hooks.ts";
import { displaySink } from "../display-sink.ts";
import { AuthError } from "../errors.ts";
import { keepSecret } from "../known-secrets.ts";
import { readOptions } from "../option-names.ts";
import { options } from "../options.ts";
import { expect } from "../run-options.ts";
import { adoptCredentials, environmentToken, isLoggedIn } from "./access-token.ts";
import { credentialsPath } from "./credentials-file.ts";
import type { LoginAsked, LoginOutcome, LoginTask } from "./login.ts";
import { loginCard, type LoginView } from "./login-card.ts";
import type { LoginFlow } from "./login-settings.ts";
import { loginFlows } from "./login-settings.ts";
import type { FromLogin, ToLogin } from "./login-thread.ts";
import { loginSettings } from "./service-facts.ts";

export interface LoginOptions {
  /**
   * `auto` (default): a link whose answer this machine waits for, and a code for any machine where the provider has that.
   * `browser`: the link alone. `paste`: the answer is copied by hand. `device`: the code alone.
   */
  flow?: LoginFlow;
  /** Seconds until it is given up. Default 300. */
  timeout?: number;
  /** Log in although somebody is. */
  force?: boolean;
}

const usualTimeout = 300;
/** Pause between two updates of the card's time, milliseconds. */
const tick = 5000;

/**
 * Logs the notebook in to the service of the option `baseUrl` (fused-spec.md 19). The cell shows a card with what to do; `ready`
 * settles when that is done. The log-in is kept in `~/.fused/credentials` for all kernels of this user.
 */
export class NotebookCredentials {
  /** Settles when somebody is logged in. Rejects with an AuthError that says why nobody is. */
  readonly ready: Promise<void>;
  readonly #view: LoginView;
  readonly #display = randomUUID();
  readonly #finalizing = new Map<number, { resolve(): void; reject(error: Error): void }>();
  #thread: Worker | undefined;
  #asked = Promise.withResolvers<void>();
  #isCancelled = false;

  /** @throws TypeError for an option that does not exist */
  constructor(given?: LoginOptions) {
    const read = readOptions<LoginOptions>(given, ["flow", "timeout", "force"], "fused.NotebookCredentials");
    const { flow = "auto", timeout = usualTimeout, force = false } = read;
    const place = "fused.NotebookCredentials";
    expect(flow, place, "flow", loginFlows.join(", "), (value) => (loginFlows as readonly unknown[]).includes(value));
    expect(timeout, place, "timeout", "seconds above 0", (value) => Number(value) > 0);
    this.#view = { baseUrl: options.baseUrl.replace(/\/+$/, ""), flow };
    this.#asked.promise.catch(() => {});
    this.ready = doForCell(() => this.#logIn(flow, timeout * 1000, force));
    this.ready.catch(() => {});
    // The cell that shows the card and waits for it cancels it when it is interrupted.
    cellSignal()?.addEventListener("abort", () => this.cancel(), { once: true });
  }

  /** Address of the log-in page; undefined until the provider has been asked (`await opened`), and where a code does. */
  get url(): string | undefined {
    return this.#view.asked?.url;
  }

  /** Where to enter which code, on whatever machine; undefined where the provider does not have that. */
  get device(): LoginAsked["device"] {
    return this.#view.asked?.device;
  }

  /** Settles when `url` and `device` are there. */
  get opened(): Promise<void> {
    return this.#asked.promise;
  }

  /**
   * Takes what the browser ended up with, where it could not bring it by itself: the whole address, or the code in it.
   * @throws AuthError where the provider does not take it; the log-in goes on
   */
  async finalize(code: string): Promise<void> {
    keepSecret(codeIn(code));
    await doForCell(async () => {
      await this.opened;
      if (this.#view.outcome) throw new AuthError(`This log-in is over: ${this.#view.outcome.text}`);
      const id = this.#finalizing.size + 1;
      await new Promise<void>((resolve, reject) => {
        this.#finalizing.set(id, { resolve, reject });
        this.#tell({ type: "finalize", id, text: String(code) });
      });
      await this.ready;
    });
  }

  /** Gives it up; harmless when it is over. */
  cancel(): void {
    this.#isCancelled = true;
    this.#tell({ type: "cancel" });
  }

  async #logIn(flow: LoginFlow, timeoutMs: number, force: boolean): Promise<void> {
    try {
      if (!force && (environmentToken() || isLoggedIn())) {
        this.#asked.resolve();
        return this.#end(
          true,
          `Logged in to ${this.#view.baseUrl}${environmentToken() ? " by FUSED_AUTH_TOKEN" : ""}.`,
        );
      }
      this.#show();
      const settings = await loginSettings();
      const path = options.saveUserSettings ? credentialsPath() : undefined;
      const { credentials, notSaved } = await this.#inThread({ settings, flow, timeoutMs, path });
      adoptCredentials(credentials, notSaved === undefined);
      if (notSaved !== undefined) console.warn(`The log-in holds for this session only: ${notSaved}.`);
      this.#end(true, `Logged in to ${this.#view.baseUrl}.`);
    } catch (error) {
      const { message } = error as Error;
      const problem = error instanceof AuthError ? error : new AuthError(message, { cause: error });
      this.#asked.reject(problem);
      this.#end(false, message);
      throw problem;
    } finally {
      for (const { reject } of this.#finalizing.values()) reject(new AuthError("This log-in is over."));
    }
  }

  /** The log-in itself is done in a thread of its own: see login-thread.ts. */
  #inThread(task: Omit<LoginTask, "onAsked">): Promise<LoginOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<LoginOutcome>();
    const entry = import.meta.url.endsWith(".ts") ? "./login-thread.ts" : "./login-thread.js";
    const thread = detached(() => new Worker(new URL(entry, import.meta.url), { workerData: task }));
    this.#thread = thread;
    let countdown: NodeJS.Timeout | undefined;
    thread.on("message", (message: FromLogin) => {
      if (message.type === "done") resolve(message.outcome);
      else if (message.type === "failed") reject(new AuthError(message.message));
      else if (message.type === "asked") {
        this.#view.asked = message.asked;
        this.#asked.resolve();
        this.#show();
        countdown = detached(() => setInterval(() => this.#show(), tick).unref());
      } else {
        const waiting = this.#finalizing.get(message.id);
        if (message.problem === undefined) waiting?.resolve();
        else waiting?.reject(new AuthError(message.problem));
        this.#finalizing.delete(message.id);
      }
    });
    thread.on("error", reject);
    if (this.#isCancelled) this.cancel();
    return promise.finally(() => {
      clearInterval(countdown);
      // The browser's page may still be on its way; this process need not wait for that.
      thread.unref();
    });
  }

  #tell(message: ToLogin): void {
    this.#thread?.postMessage(message);
  }

  #end(isLoggedIn: boolean, text: string): void {
    this.#view.outcome = { isLoggedIn, text };
    this.#show();
  }

  #isShown = false;
  #show(): void {
    const sink = displaySink();
    if (sink) {
      const bundle = loginCard(this.#view);
      if (this.#isShown) sink.update(bundle, this.#display);
      else sink.display(bundle, this.#display);
    } else if (this.#view.outcome || (this.#view.asked && !this.#isShown)) {
      process.stderr.write(`${String(loginCard(this.#view).data["text/plain"])}\n`);
    } else return;
    this.#isShown = true;
  }

  toString(): string {
    const { outcome, baseUrl } = this.#view;
    return `NotebookCredentials(${outcome ? outcome.text : `waiting for a log-in to ${baseUrl}`})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** The code of a pasted address. */
function codeIn(text: string): string {
  return /[?&]code=([^&#\s]+)/.exec(text)?.[1] ?? text.trim();
}
