import { MessageError, readMessage } from "./message.ts";
import type { Channel, KernelMessage } from "./message.ts";

/**
 * The two ways in which a message stands in a WebSocket frame:
 * https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */
export const binaryProtocol = "v1.kernel.websocket.jupyter.org";

export interface FrameFormat {
  encode(message: KernelMessage): Buffer | string;
  /** @throws MessageError */
  decode(data: Buffer, isBinary: boolean): KernelMessage;
}

/** The format of a subprotocol; of none: the older one. */
export function frameFormat(protocol: string): FrameFormat {
  return protocol === binaryProtocol
    ? { encode: encodeBinary, decode: decodeBinary }
    : { encode: encodeJson, decode: decodeJson };
}

const fromClient = new Set<string>(["shell", "control", "stdin"]);

function channelFromClient(name: unknown): Channel {
  if (typeof name !== "string" || !fromClient.has(name)) throw new MessageError(`no such channel: ${String(name)}`);
  return name as Channel;
}

/** Number of offsets, the offsets (64 bits, little endian), channel, four JSON parts, buffers. */
function encodeBinary({ channel, parts, buffers }: KernelMessage): Buffer {
  const pieces = [Buffer.from(channel), ...parts, ...buffers];
  const head = Buffer.alloc(8 * (pieces.length + 2));
  head.writeBigUInt64LE(BigInt(pieces.length + 1), 0);
  let offset = head.length;
  head.writeBigUInt64LE(BigInt(offset), 8);
  pieces.forEach((piece, i) => {
    offset += piece.length;
    head.writeBigUInt64LE(BigInt(offset), 8 * (i + 2));
  });
  return Buffer.concat([head, ...pieces], offset);
}

function decodeBinary(data: Buffer, isBinary: boolean): KernelMessage {
  if (!isBinary || data.length < 8) throw new MessageError("not a frame of " + binaryProtocol);
  const count = Number(data.readBigUInt64LE(0));
  if (count < 6 || count > 10_000 || data.length < 8 * (count + 1)) {
    throw new MessageError(`a frame cannot have ${count} offsets in ${data.length} bytes`);
  }
  const offsets = Array.from({ length: count }, (_, i) => Number(data.readBigUInt64LE(8 * (i + 1))));
  const inOrder = offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 8 * (count + 1)));
  if (!inOrder || offsets.at(-1)! > data.length) throw new MessageError("offsets of a frame point outside of it");
  const pieces = offsets.slice(1).map((end, i) => data.subarray(offsets[i], end));
  return readMessage(channelFromClient(pieces[0]!.toString()), pieces.slice(1, 5), pieces.slice(5));
}

/** One JSON object; where there are buffers: their number and offsets (32 bits, big endian), the JSON, the buffers. */
function encodeJson({ channel, header, parts, buffers }: KernelMessage): Buffer | string {
  const names = ["header", "parent_header", "metadata", "content"];
  const fields = parts.map((part, i) => `"${names[i]}":${part.toString()}`);
  const own = `"channel":"${channel}","msg_id":${JSON.stringify(header.msg_id)},"msg_type":${JSON.stringify(header.msg_type)}`;
  if (buffers.length === 0) return `{${fields.join(",")},${own},"buffers":[]}`;
  const pieces = [Buffer.from(`{${fields.join(",")},${own}}`), ...buffers];
  const head = Buffer.alloc(4 * (pieces.length + 1));
  head.writeUInt32BE(pieces.length, 0);
  let offset = head.length;
  pieces.forEach((piece, i) => {
    head.writeUInt32BE(offset, 4 * (i + 1));
    offset += piece.length;
  });
  return Buffer.concat([head, ...pieces], offset);
}

function decodeJson(data: Buffer, isBinary: boolean): KernelMessage {
  let text = data;
  const buffers: Buffer[] = [];
  if (isBinary) {
    const count = data.length < 4 ? 0 : data.readUInt32BE(0);
    if (count < 1 || count > 10_000 || data.length < 4 * (count + 1)) {
      throw new MessageError(`a frame cannot have ${count} parts in ${data.length} bytes`);
    }
    const offsets = Array.from({ length: count }, (_, i) => data.readUInt32BE(4 * (i + 1)));
    const inOrder = offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 4 * (count + 1)));
    if (!inOrder || offsets.at(-1)! > data.length) throw new MessageError("offsets of a frame point outside of it");
    text = data.subarray(offsets[0], offsets[1]);
    for (let i = 1; i < count; i++) buffers.push(data.subarray(offsets[i], offsets[i + 1]));
  }
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(text.toString()) as Record<string, unknown>;
  } catch (error) {
    throw new MessageError(`a frame is not JSON: ${(error as Error).message}`);
  }
  if (typeof message !== "object" || message === null) throw new MessageError("a frame is not a JSON object");
  const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
    Buffer.from(JSON.stringify(part ?? {})),
  );
  return readMessage(channelFromClient(message.channel ?? "shell"), parts, buffers);
}
