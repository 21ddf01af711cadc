import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { openChannel, type Channel } from "./channel.ts";
import { explainEnd } from "./explain-end.ts";
import { readRawOutput, type RawOutput } from "./raw-output.ts";
import type { SessionLaunch } from "./session-launch.ts";
import type { FromSession, ToSession } from "./session/messages.ts";

export interface SessionEvents {
  message(message: FromSession): void;
  /** What native code and child processes wrote; belongs to the latest cell. */
  rawText(name: "stdout" | "stderr", text: string): void;
  /** The process has ended; `why` is a sentence for the user. */
  ended(why: string): void;
}

/** The process in which cells run. */
export interface SessionProcess {
  readonly pid: number;
  /** Resolves when the session can take cells. */
  readonly ready: Promise<void>;
  send(message: ToSession): void;
  /** Resolves when all that native code and children have written up to now has been read. */
  outputRead(): Promise<void>;
  /** Holds the session's output back while front ends do not keep up. */
  pause(): void;
  resume(): void;
  /** Ends it, with everything its cells started. */
  kill(): Promise<void>;
}

export function startSession(events: SessionEvents, launch: SessionLaunch): SessionProcess {
  const child: ChildProcess = spawn(process.execPath, [...launch.flags, launch.entry, ...launch.args], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: launch.env,
    cwd: launch.cwd,
    // A group of its own, so that all that cells start can be ended with it.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const stream = child.stdio[3] as Duplex;
  const channel: Channel<FromSession, ToSession> = openChannel(stream);
  let stderrTail = "";
  let killed = false;
  const readers = { stdout: read("stdout", child.stdout!), stderr: read("stderr", child.stderr!) };

  function read(name: "stdout" | "stderr", pipe: Readable): RawOutput {
    let crashing = false;
    return readRawOutput(pipe, (text) => {
      if (name === "stderr") {
        stderrTail = (stderrTail + text).slice(-8000);
        // V8 tells of its end at length; the user gets one sentence instead.
        crashing ||= /<--- Last few GCs --->|^#\s*\n# Fatal error|FATAL ERROR:/m.test(text);
        // Node says this at its exit because the agent is an inspector client.
        text = text.replace("Waiting for the debugger to disconnect...\n", "");
        if (crashing || text === "") return;
      }
      events.rawText(name, text);
    });
  }

  let isReady = () => {};
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  channel.onMessage((message) => {
    if (message.type === "ready") isReady();
    else events.message(message);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      events.ended(`The session could not be started: ${error.message}.`);
      resolve();
    });
    child.once("close", (code, signal) => {
      endGroup();
      launch.close?.();
      if (!killed) events.ended(explainEnd(code, signal, stderrTail));
      resolve();
    });
  });

  function endGroup(): void {
    try {
      if (process.platform !== "win32" && child.pid) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch {
      // Nothing of it is left.
    }
  }

  return {
    pid: child.pid ?? 0,
    ready,
    send: (message) => channel.send(message),
    async outputRead() {
      await Promise.all([readers.stdout.take(), readers.stderr.take()]);
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    kill() {
      killed = true;
      endGroup();
      return ended;
    },
  };
}
