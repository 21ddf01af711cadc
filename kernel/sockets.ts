import { Router, XPublisher, type Socket } from "zeromq";
import { channelAddress, type ConnectionInfo } from "./connection-file.ts";

/** The five sockets of a kernel (messaging spec, "Introduction"). */
export interface Sockets {
  shell: Router;
  control: Router;
  stdin: Router;
  iopub: XPublisher;
  /** A ROUTER, though clients send from a REQ: a REP stops for good at the first message that is not one of a REQ. */
  heartbeat: Router;
  close(): void;
}

/** Binds all five; the connection file's ports are the client's choice. */
export async function bindSockets(info: ConnectionInfo): Promise<Sockets> {
  const router = { linger: 1000, handover: true, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  const shell = new Router(router);
  const control = new Router(router);
  const stdin = new Router(router);
  // A subscriber that reads too slowly must not cost it messages; what may pile up is bounded where output is made.
  const iopub = new XPublisher({ linger: 1000, sendHighWaterMark: 0, verbosity: "allSubs" });
  const heartbeat = new Router({ linger: 0 });
  await Promise.all([
    shell.bind(channelAddress(info, info.shell_port)),
    control.bind(channelAddress(info, info.control_port)),
    stdin.bind(channelAddress(info, info.stdin_port)),
    iopub.bind(channelAddress(info, info.iopub_port)),
    heartbeat.bind(channelAddress(info, info.hb_port)),
  ]);
  return {
    shell,
    control,
    stdin,
    iopub,
    heartbeat,
    close() {
      for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
    },
  };
}

type Frames = (Buffer | string)[];

/** Sends in order, one at a time: zeromq.js refuses what is sent before the last send was taken. */
export interface SendQueue {
  send(frames: Frames): void;
  /** Bytes that wait. */
  pending(): number;
  /** Resolves when all that was queued so far is sent. */
  drained(): Promise<void>;
}

export function createSendQueue(socket: Socket & { send(frames: Frames): Promise<void> }): SendQueue {
  const queue: Frames[] = [];
  let bytes = 0;
  let sending: Promise<void> | undefined;
  const sizeOf = (frames: Frames) => frames.reduce((sum, frame) => sum + frame.length, 0);
  const pump = async () => {
    while (queue.length > 0) {
      const frames = queue.shift()!;
      try {
        await socket.send(frames);
      } catch {
        // The peer that this was routed to has gone, or the socket is closed.
      }
      bytes -= sizeOf(frames);
    }
    sending = undefined;
  };
  return {
    send(frames) {
      queue.push(frames);
      bytes += sizeOf(frames);
      sending ??= pump();
    },
    pending: () => bytes,
    drained: () => sending ?? Promise.resolve(),
  };
}
