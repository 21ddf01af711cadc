export type Channel = "shell" | "control" | "stdin" | "iopub";

/** What routing needs of a header; the rest stays bytes. */
export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
}

/** A Jupyter message whose JSON parts are the very bytes that were signed, so that passing it on costs no parsing. */
export interface KernelMessage {
  channel: Channel;
  header: Header;
  parent: Partial<Header>;
  /** JSON of header, parent_header, metadata and content. */
  parts: [header: Buffer, parent: Buffer, metadata: Buffer, content: Buffer];
  buffers: Buffer[];
}

/** A message that cannot be understood. */
export class MessageError extends Error {
  override name = "MessageError";
}

/** @throws MessageError where the header or its parent is not one */
export function readMessage(channel: Channel, parts: Buffer[], buffers: Buffer[]): KernelMessage {
  const header = parseObject(parts[0]!, "header") as Partial<Header>;
  if (typeof header.msg_id !== "string" || typeof header.msg_type !== "string") {
    throw new MessageError("header without msg_id or msg_type");
  }
  return {
    channel,
    header: { session: "", ...header } as Header,
    parent: parseObject(parts[1]!, "parent_header") as Partial<Header>,
    parts: parts as KernelMessage["parts"],
    buffers,
  };
}

/** @throws MessageError */
export function contentOf(message: KernelMessage): Record<string, unknown> {
  return parseObject(message.parts[3], "content");
}

/** @throws MessageError */
export function metadataOf(message: KernelMessage): Record<string, unknown> {
  return parseObject(message.parts[2], "metadata");
}

/** A message of the server's own. The session must be the kernel's: front ends drop what comes from another one. */
export function writeMessage(
  channel: Channel,
  header: { msg_id: string; msg_type: string; session: string },
  parentHeader: Buffer,
  content: Record<string, unknown>,
): KernelMessage {
  const whole = { ...header, username: "fused-kernel", date: new Date().toISOString(), version: "5.4" };
  const parts = [
    Buffer.from(JSON.stringify(whole)),
    parentHeader,
    Buffer.from("{}"),
    Buffer.from(JSON.stringify(content)),
  ];
  return readMessage(channel, parts, []);
}

/** Bytes that a message keeps in memory, its objects roughly included. */
export function weight({ parts, buffers }: KernelMessage): number {
  let bytes = 600;
  for (const part of parts) bytes += part.length;
  for (const buffer of buffers) bytes += buffer.length;
  return bytes;
}

function parseObject(bytes: Buffer, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw new MessageError(`${name} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MessageError(`${name} is not a JSON object`);
  }
  return value as Record<string, unknown>;
}
