import { parseArgs } from "node:util";
import { readConnectionFile } from "./connection-file.ts";
import { handlers } from "./handlers/index.ts";
import { openKernel, type Kernel, type Request } from "./kernel.ts";
import { log, receive, type ChannelName } from "./receive.ts";
import { launcherOf } from "./widgets/launcher.ts";
import type { SessionLaunch } from "./session-launch.ts";
import { createSendQueue } from "./sockets.ts";
import type { Message } from "./wire.ts";

/** Entry of the kernel process: `kernel.js [--sandbox [--allow-host HOST]…] CONNECTION_FILE`. */
const { values: given, positionals } = parseArgs({
  options: {
    sandbox: { type: "boolean", default: false },
    "allow-host": { type: "string", multiple: true, default: [] },
    "allow-private-host": { type: "string", multiple: true, default: [] },
  },
  allowPositionals: true,
});
const [path] = positionals;
if (path === undefined) fail("usage: fused-kernel kernel CONNECTION_FILE");

let info: ReturnType<typeof readConnectionFile>;
try {
  info = readConnectionFile(path!);
} catch (error) {
  fail((error as Error).message);
}
const launch = given.sandbox ? await sandboxLaunch() : undefined;
const { kernel, sockets } = await openKernel(info!, launcherOf(path!), launch);
const key = info!.key;

const seen = new Set<string>();
for (const channel of ["shell", "control"] as const) {
  void receive(channel, sockets[channel], key, (message) => void handle(kernel, channel, message), seen);
}
const takeInput = (message: Message): void => {
  if (message.header.msg_type === "input_reply") void handlers.input_reply!(kernel, request(kernel, "stdin", message));
};
void receive("stdin", sockets.stdin, key, takeInput, seen);
void echoHeartbeat();
void welcomeSubscribers();
kernel.status({}, "starting");

async function sandboxLaunch(): Promise<() => SessionLaunch> {
  const { launchSandbox } = await import("./sandbox/launch.ts");
  return () => launchSandbox({ hosts: given["allow-host"], privateHosts: given["allow-private-host"] });
}

async function handle(of: Kernel, channel: ChannelName, message: Message): Promise<void> {
  const type = message.header.msg_type;
  const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  const asked = request(of, channel, message);
  // An execute request publishes its own status: it is busy when its turn comes.
  const ownStatus = type === "execute_request";
  if (!ownStatus) of.status(message.header, "busy");
  try {
    if (handler) await handler(of, asked);
    else log(`there is no handler for ${type} on ${channel}`);
  } catch (error) {
    log(`${type}: ${(error as Error).stack}`);
    if (type.endsWith("_request")) {
      const { name, message: evalue } = error as Error;
      asked.reply(type.replace(/_request$/, "_reply"), { status: "error", ename: name, evalue, traceback: [] });
    }
  }
  if (!ownStatus) of.status(message.header, "idle");
}

function request(of: Kernel, channel: ChannelName, message: Message): Request {
  return { channel, message, reply: (type, content, metadata) => of.send(channel, message, type, content, metadata) };
}

async function echoHeartbeat(): Promise<void> {
  const queue = createSendQueue(sockets.heartbeat);
  for await (const frames of sockets.heartbeat) queue.send(frames);
}

/** Tells each new subscriber that its subscription stands (messaging spec 5.4, `iopub_welcome`). */
async function welcomeSubscribers(): Promise<void> {
  for await (const [frame] of sockets.iopub) {
    if (frame?.[0] === 1) kernel.iopub.welcome(frame.subarray(1));
  }
}

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void kernel.shutdown().then(() => process.exit(0)));
}
process.on("SIGINT", () => kernel.session.interrupt());
watchParent();

/** Jupyter says who started us; a kernel that nobody can reach any more ends itself. */
function watchParent(): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!parent) return;
  setInterval(() => {
    if (process.ppid !== 1 || parent === 1) return;
    try {
      process.kill(parent, 0);
    } catch {
      void kernel.shutdown().then(() => process.exit(0));
    }
  }, 1000).unref();
}

function fail(message: string): never {
  process.stderr.write(`fused-kernel: ${message}\n`);
  process.exit(1);
}
