import type { Kernel, Request } from "./kernel.ts";
import { WireError, decodeMessage, type Message } from "./wire.ts";

export type ChannelName = "shell" | "control" | "stdin";

export type Handler = (kernel: Kernel, request: Request) => void | Promise<void>;

/** Signatures seen lately: a message is taken once (messaging spec; jupyter_client keeps 65,536 as well). */
const rememberedSignatures = 65_536;

/** Reads requests from a socket for as long as it is open; what is not a well-signed message is dropped and logged. */
export async function receive(
  channel: ChannelName,
  socket: AsyncIterable<Buffer[]>,
  key: string,
  onMessage: (message: Message) => void,
  seen: Set<string>,
): Promise<void> {
  for await (const frames of socket) {
    let message: Message & { signature: string };
    try {
      message = decodeMessage(key, frames);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log(`dropped a message on ${channel}: ${error.message}`);
      continue;
    }
    if (message.signature && seen.has(message.signature)) {
      log(`dropped a message on ${channel}: its signature was used before`);
      continue;
    }
    seen.add(message.signature);
    if (seen.size > rememberedSignatures) seen.delete(seen.values().next().value!);
    onMessage(message);
  }
}

let scrub = (text: string): string => text;

/** Installs what takes secrets out of the log. */
export function scrubLog(scrubber: (text: string) => string): void {
  scrub = scrubber;
}

export function log(text: string): void {
  process.stderr.write(`[fused-kernel] ${scrub(text)}\n`);
}
