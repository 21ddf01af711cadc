import { createHmac, timingSafeEqual } from "node:crypto";

/** Header of a Jupyter message (messaging spec, "The Message Format"). */
export interface MessageHeader {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
  subshell_id?: string | null;
}

export interface Message {
  /** ZeroMQ routing identities (ROUTER sockets) or the topic (PUB/SUB). */
  identities: Buffer[];
  header: MessageHeader;
  parent_header: Partial<MessageHeader>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
  buffers: Buffer[];
}

export const protocolVersion = "5.5";

const delimiter = Buffer.from("<IDS|MSG>");

export class WireError extends Error {
  override name = "WireError";
}

/** Signature of the four JSON frames; empty where the key is: the connection is not signed. */
export function sign(key: string, frames: (Uint8Array | string)[]): string {
  if (!key) return "";
  const hmac = createHmac("sha256", key);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest("hex");
}

/** A message as bytes: what stands in the JSON frames (header, parent, metadata, content) is not looked at. */
export interface SignedFrames {
  identities: Buffer[];
  signature: string;
  json: Buffer[];
  buffers: Buffer[];
}

/** Frames of ZeroMQ for four JSON frames and buffers. */
export function sealFrames(key: string, json: Uint8Array[], buffers: Uint8Array[]): (Uint8Array | string)[] {
  return [delimiter, sign(key, json), ...json, ...buffers];
}

/**
 * Takes ZeroMQ's frames apart and checks their signature.
 * @throws WireError where the delimiter or a frame is missing or the signature is wrong
 */
export function openFrames(key: string, frames: Buffer[]): SignedFrames {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0) throw new WireError("no <IDS|MSG> delimiter among the frames");
  if (frames.length < at + 6) {
    throw new WireError(`${frames.length - at - 1} frames after the delimiter where at least 5 must stand`);
  }
  const json = frames.slice(at + 2, at + 6);
  const signature = frames[at + 1]!;
  const expected = Buffer.from(sign(key, json));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new WireError("wrong signature");
  }
  return { identities: frames.slice(0, at), signature: signature.toString(), json, buffers: frames.slice(at + 6) };
}

/**
 * A message as ZeroMQ frames: identities, delimiter, signature, header, parent, metadata, content, buffers.
 * @param key the connection file's `key`; empty for an unsigned connection
 */
export function encodeMessage(
  key: string,
  { identities, header, parent_header, ...rest }: Message,
): (Buffer | string)[] {
  const head = JSON.stringify(header);
  const parent = parentJson(parent_header);
  const metadata = JSON.stringify(rest.metadata);
  const content = JSON.stringify(rest.content);
  // zeromq.js copies a string, and keeps hold of a buffer until another thread has sent it: dear for small ones.
  if (content.length < largeContent) {
    const signature = sign(key, [head + parent + metadata + content]);
    return [...identities, delimiter, signature, head, parent, metadata, content, ...rest.buffers];
  }
  const bytes = Buffer.from(content);
  const signature = sign(key, [head + parent + metadata, bytes]);
  return [...identities, delimiter, signature, head, parent, metadata, bytes, ...rest.buffers];
}

const largeContent = 1 << 16;
let latestParent: { header: object; json: string } | undefined;

/** A request has several messages, one after the other. */
function parentJson(header: object): string {
  if (latestParent?.header !== header) latestParent = { header, json: JSON.stringify(header) };
  return latestParent.json;
}

/**
 * Reads frames back into a message.
 * @throws WireError where the delimiter is missing, frames are missing, the signature is wrong or a frame is not a JSON object
 */
export function decodeMessage(key: string, frames: Buffer[]): Message & { signature: string } {
  const { identities, signature, json, buffers } = openFrames(key, frames);
  const [header, parent_header, metadata, content] = json.map((frame, i) => {
    const name = ["header", "parent_header", "metadata", "content"][i];
    let part: unknown;
    try {
      part = JSON.parse(frame.toString());
    } catch (error) {
      throw new WireError(`${name} is not JSON: ${(error as Error).message}`);
    }
    if (typeof part !== "object" || part === null || Array.isArray(part)) {
      throw new WireError(`${name} is not a JSON object`);
    }
    return part as Record<string, unknown>;
  }) as [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>, Record<string, unknown>];
  if (typeof header.msg_type !== "string" || typeof header.msg_id !== "string") {
    throw new WireError("header without msg_type or msg_id");
  }
  return {
    identities,
    signature,
    header: header as unknown as MessageHeader,
    parent_header: parent_header as Partial<MessageHeader>,
    metadata,
    content,
    buffers,
  };
}
