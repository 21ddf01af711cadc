/** A Jupyter message as a server's WebSocket carries it. */
export interface SocketMessage {
  header: { msg_type: string };
  content: Record<string, unknown>;
  buffers: DataView[];
}

/**
 * Reads a message in the framing that a server uses where no subprotocol was agreed on: JSON where there are no buffers,
 * else the number of parts, where each begins (32 bits, big end first), the JSON, and the buffers.
 * Source: jupyter_server, services/kernels/connection/base.py
 */
export function unpackMessage(data: string | ArrayBuffer): SocketMessage {
  if (typeof data === "string") return { ...(JSON.parse(data) as SocketMessage), buffers: [] };
  const view = new DataView(data);
  const starts = Array.from({ length: view.getUint32(0) }, (_, i) => view.getUint32(4 * (i + 1)));
  const parts = starts.map((start, i) => new DataView(data, start, (starts[i + 1] ?? data.byteLength) - start));
  return { ...(JSON.parse(new TextDecoder().decode(parts[0])) as SocketMessage), buffers: parts.slice(1) };
}
