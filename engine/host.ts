import { rmdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { basename, dirname } from "node:path";
import { createFrameContext, setWorkerContext } from "./frame-context.ts";
import { firstLine, unpackFrameOptions } from "./frame-options.ts";
import { socketFolderPrefix } from "./socket-path.ts";
import { serveClient } from "./host-connection.ts";
import { Scheduler } from "./scheduler.ts";

/**
 * The engine host: a process of its own that runs UDFs in isolates for whoever connects to its local socket.
 * Started as `node --no-node-snapshot host.ts SOCKET [CORES [frames]]` with a pipe for stdin: when that closes, the one who
 * started the host is gone, and the host goes too. With `frames`, stdin's first line says which frames it may run. Says
 * `ready` on stdout when it listens.
 */
const [, , socketPath, cores, frames] = process.argv;
if (!socketPath) throw new Error("The engine host needs the path of its socket.");
if (frames) setWorkerContext(createFrameContext(unpackFrameOptions(await firstLine(process.stdin))));

const leaving = new Set<() => void>();
let isRetiring = false;
const scheduler = new Scheduler(retire, cores ? Number(cores) : undefined);

const server = createServer((socket) => {
  const leave = serveClient(socket, scheduler);
  leaving.add(leave);
  socket.on("close", () => {
    leaving.delete(leave);
    if (isRetiring && leaving.size === 0) exit();
  });
});
server.listen(socketPath, () => {
  process.stdout.write("ready\n");
  scheduler.warmUp();
  // The compiler's native part loads before the first run asks for it.
  void import("oxc-parser");
});

process.stdin.on("end", exit).on("error", exit).on("close", exit).resume();
process.on("SIGTERM", exit);
// Ctrl-C goes to the whole process group; whether this process ends is for the one who started it to say.
process.on("SIGINT", () => {});

/** V8 has lost an isolate with its thread and memory: let every client finish and go to a new host. */
function retire(): void {
  isRetiring = true;
  server.close();
  for (const leave of leaving) leave();
}

function exit(): void {
  // A retired host has left its socket's path to the next one.
  if (process.platform !== "win32" && !isRetiring) removeSocket(socketPath!);
  // At a normal exit isolated-vm would wait for threads that a UDF may keep busy for ever.
  process.kill(process.pid, "SIGKILL");
}

function removeSocket(path: string): void {
  rmSync(path, { force: true });
  if (basename(dirname(path)).startsWith(socketFolderPrefix)) rmdirSync(dirname(path));
}
