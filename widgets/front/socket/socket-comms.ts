import { widgetTarget } from "../../widget-payload.ts";
import type { CommLine, LoaderComms } from "../comms.ts";
import { freshId } from "../loader/fresh-id.ts";
import { unpackMessage } from "./message-frames.ts";

/** Pauses before a lost socket is tried again, milliseconds; after the last it is given up. */
const pauses = [500, 1000, 2000, 4000, 8000, 16_000, 32_000];

interface OpenLine {
  message(data: unknown, buffers: DataView[]): void;
  closed(): void;
}

/**
 * Comms over a WebSocket of the page's own to the Jupyter server that the page came from: the route that the notebook
 * itself uses, with the reader's own login. Nothing is asked of any other address.
 * @param address `ws://…/api/kernels/ID/channels`
 */
export function socketComms(address: string): LoaderComms {
  const session = freshId();
  const lines = new Map<string, OpenLine>();
  const listeners = new Set<(isAlive: boolean) => void>();
  const tell = (isAlive: boolean): void => listeners.forEach((listener) => listener(isAlive));
  let socket: Promise<WebSocket | undefined>;

  const connect = (attempt: number): Promise<WebSocket | undefined> =>
    new Promise((resolve) => {
      const made = new WebSocket(`${address}${address.includes("?") ? "&" : "?"}session_id=${session}`);
      made.binaryType = "arraybuffer";
      let wasOpen = false;
      made.onopen = () => {
        wasOpen = true;
        resolve(made);
        if (attempt > 0) tell(true);
      };
      made.onmessage = ({ data }) => hear(data as string | ArrayBuffer);
      made.onclose = () => {
        resolve(undefined);
        if (wasOpen) lose();
        // A socket that never stood: there is no such kernel, or the reader may not use it.
        const pause = wasOpen ? pauses[0] : attempt > 0 ? pauses[attempt] : undefined;
        if (pause !== undefined) setTimeout(() => (socket = connect(wasOpen ? 1 : attempt + 1)), pause);
      };
    });
  const lose = (): void => {
    for (const line of lines.values()) line.closed();
    lines.clear();
    tell(false);
  };
  const hear = (data: string | ArrayBuffer): void => {
    // Most of what passes is not ours: it is not even read.
    if (typeof data === "string" && !/"(?:comm_msg|comm_close|status)"/.test(data)) return;
    const { header, content, buffers } = unpackMessage(data);
    const line = lines.get(String(content["comm_id"]));
    if (header.msg_type === "comm_msg") line?.message(content["data"], buffers);
    else if (header.msg_type === "comm_close") line?.closed();
    else if (header.msg_type === "status") heedStatus(String(content["execution_state"]));
  };
  const heedStatus = (state: string): void => {
    if (state === "restarting" || state === "dead" || state === "terminating") lose();
    // What starts under the same name is another kernel.
    if (state === "starting") {
      lose();
      tell(true);
    }
  };
  socket = connect(0);

  return {
    front: "socket",
    async open(data, target = widgetTarget) {
      const found = await socket;
      if (found?.readyState !== WebSocket.OPEN) return undefined;
      const comm_id = freshId();
      const send = (msg_type: string, content: object): void => {
        if (found.readyState !== WebSocket.OPEN) return;
        const date = new Date().toISOString();
        const header = { msg_id: freshId(), msg_type, session, username: "", date, version: "5.4" };
        found.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: "shell" }));
      };
      const line: OpenLine = { message() {}, closed() {} };
      lines.set(comm_id, line);
      send("comm_open", { comm_id, target_name: target, data });
      const opened: CommLine = {
        send: (message) => send("comm_msg", { comm_id, data: message }),
        onMessage: (listener) => void (line.message = listener),
        onClose: (listener) => void (line.closed = listener),
        close() {
          if (lines.delete(comm_id)) send("comm_close", { comm_id, data: {} });
        },
      };
      return opened;
    },
    onKernel(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
