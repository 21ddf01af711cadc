import { randomUUID } from "node:crypto";
import { Dealer, Subscriber } from "zeromq";
import { channelAddress } from "../kernel/connection-file.ts";
import type { ConnectionInfo } from "../kernel/connection-file.ts";
import { decodeMessage, encodeMessage, protocolVersion } from "../kernel/wire.ts";
import type { Message } from "../kernel/wire.ts";

export type RequestChannel = "shell" | "control";

/** A client's side of a kernel's sockets. */
export interface Channels {
  /** Sends a request. @returns its msg_id, by which replies and outputs name it as their parent */
  send(channel: RequestChannel, type: string, content: Record<string, unknown>, id?: string): Promise<string>;
  close(): void;
}

/** Who hears what the kernel says. Messages that cannot be read or are wrongly signed are left out. */
export interface ChannelListener {
  onReply(message: Message): void;
  onOutput(message: Message): void;
}

/** Connects to shell, control and iopub. The kernel need not be listening yet: ZeroMQ keeps trying. */
export function connectChannels(info: ConnectionInfo, listener: ChannelListener): Channels {
  const session = randomUUID();
  const options = { linger: 0, reconnectInterval: 15, reconnectMaxInterval: 200 };
  const shell = new Dealer({ ...options, routingId: session });
  const control = new Dealer({ ...options, routingId: session });
  const iopub = new Subscriber({ ...options, receiveHighWaterMark: 0 });
  shell.connect(channelAddress(info, info.shell_port));
  control.connect(channelAddress(info, info.control_port));
  iopub.connect(channelAddress(info, info.iopub_port));
  iopub.subscribe();

  const sockets = { shell, control };
  const queues = { shell: Promise.resolve(), control: Promise.resolve() };
  let closed = false;
  void receive(shell, listener.onReply);
  void receive(control, listener.onReply);
  void receive(iopub, listener.onOutput);

  async function receive(socket: Dealer | Subscriber, onMessage: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      let message: Message;
      try {
        message = decodeMessage(info.key, frames);
      } catch {
        continue;
      }
      onMessage(message);
    }
  }

  return {
    async send(channel, type, content, id = randomUUID()) {
      const message: Message = {
        identities: [],
        header: {
          msg_id: id,
          msg_type: type,
          session,
          username: "fused-kernel",
          date: new Date().toISOString(),
          version: protocolVersion,
        },
        parent_header: {},
        metadata: {},
        content,
        buffers: [],
      };
      // zeromq.js allows one send at a time on a socket.
      const sent = queues[channel].then(() =>
        closed ? undefined : sockets[channel].send(encodeMessage(info.key, message)),
      );
      queues[channel] = sent.catch(() => undefined);
      await sent;
      return id;
    },
    close() {
      closed = true;
      for (const socket of [shell, control, iopub]) socket.close();
    },
  };
}
