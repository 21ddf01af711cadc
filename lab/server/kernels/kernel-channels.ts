import { channelAddress } from "../../../kernel/connection-file.ts";
import type { ConnectionInfo } from "../../../kernel/connection-file.ts";
import { WireError, openFrames, sealFrames } from "../../../kernel/wire.ts";
import { MessageError, readMessage } from "./message.ts";
import type { Channel, KernelMessage } from "./message.ts";

/** The one set of sockets by which every client of this server reaches a kernel. */
export interface KernelChannels {
  /** Signs and sends; in order, and never refused: what cannot go yet waits. */
  send(message: KernelMessage): void;
  close(): void;
}

/**
 * Connects to a kernel that need not be listening yet. Messages that are wrongly signed or cannot be read are left out.
 * @param identity the routing identity; the kernel sends its questions (stdin) to the identity of the request
 */
export async function connectKernel(
  info: ConnectionInfo,
  identity: string,
  onMessage: (message: KernelMessage) => void,
): Promise<KernelChannels> {
  // Native, and not needed by a server that only shows files.
  const { Dealer, Subscriber } = await import("zeromq");
  const options = { linger: 0, reconnectInterval: 15, reconnectMaxInterval: 200 };
  const dealers = {
    shell: new Dealer({ ...options, routingId: identity }),
    control: new Dealer({ ...options, routingId: identity }),
    stdin: new Dealer({ ...options, routingId: identity }),
  };
  // A kernel's socket drops outputs for a subscriber that lags by 1000 messages; what is too much is decided in the outbox.
  const iopub = new Subscriber({ ...options, receiveHighWaterMark: 100_000 });
  iopub.subscribe();
  dealers.shell.connect(channelAddress(info, info.shell_port));
  dealers.control.connect(channelAddress(info, info.control_port));
  dealers.stdin.connect(channelAddress(info, info.stdin_port));
  iopub.connect(channelAddress(info, info.iopub_port));
  let closed = false;
  for (const channel of ["shell", "control", "stdin"] as const) void receive(channel, dealers[channel]);
  void receive("iopub", iopub);

  async function receive(channel: Channel, socket: AsyncIterable<Buffer[]>): Promise<void> {
    for await (const frames of socket) {
      if (closed) return;
      try {
        const { json, buffers } = openFrames(info.key, frames);
        onMessage(readMessage(channel, json, buffers));
      } catch (error) {
        if (!(error instanceof WireError || error instanceof MessageError)) throw error;
      }
    }
  }

  // zeromq.js allows one send at a time on a socket.
  const waiting = { shell: [] as KernelMessage[], control: [] as KernelMessage[], stdin: [] as KernelMessage[] };
  const sending = { shell: false, control: false, stdin: false };

  async function flush(channel: "shell" | "control" | "stdin"): Promise<void> {
    if (sending[channel]) return;
    sending[channel] = true;
    try {
      for (let next = waiting[channel].shift(); next && !closed; next = waiting[channel].shift()) {
        await dealers[channel].send(sealFrames(info.key, next.parts, next.buffers));
      }
    } catch (error) {
      if (!closed) throw error;
    } finally {
      sending[channel] = false;
    }
  }

  return {
    send(message) {
      if (message.channel === "iopub" || closed) return;
      waiting[message.channel].push(message);
      void flush(message.channel);
    },
    close() {
      closed = true;
      for (const socket of [...Object.values(dealers), iopub]) socket.close();
    },
  };
}
