import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { KernelManager, ServerConnection, SessionManager, ContentsManager } from "@jupyterlab/services";
import type { Kernel, KernelMessage, Session } from "@jupyterlab/services";
import { WebSocket } from "ws";
import { startLabServer } from "../../lab/server/server.ts";
import type { LabOptions, LabServer } from "../../lab/server/server.ts";
import { waitFor } from "../wait-for.ts";

export const token = "a-token-for-tests";

export interface TestLab {
  server: LabServer;
  url: string;
  /** Its notebooks. */
  folder: string;
  state: string;
}

/** A server of the lab in folders of its own; ended when the test file is done. To be called outside of tests and hooks. */
export async function openTestLab(options: Partial<LabOptions> = {}): Promise<TestLab> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "fused-lab-"));
  const state = options.stateFolder ?? mkdtempSync(join(tmpdir(), "fused-lab-state-"));
  // Kernels get the environment of this process.
  process.env.FUSED_CACHE_DIRECTORY ??= join(state, "cache");
  process.env.FUSED_HISTORY_FILE ??= join(state, "history.jsonl");
  const server = await startLabServer({ token, ...options, folder, stateFolder: state });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(state, { recursive: true, force: true });
  });
  return { server, url: server.url, folder, state };
}

export interface Client {
  settings: ServerConnection.ISettings;
  kernels: KernelManager;
  sessions: SessionManager;
  contents: ContentsManager;
  /** Sockets that it has opened, latest last. */
  sockets: WebSocket[];
  dispose(): void;
}

/**
 * JupyterLab's own client.
 * @param protocol false: without the binary subprotocol, as older clients are
 */
export function openClient(url: string, protocol = true): Client {
  const sockets: WebSocket[] = [];
  class Socket extends WebSocket {
    constructor(address: string, protocols?: string[]) {
      super(address, protocol ? protocols : []);
      sockets.push(this);
    }
  }
  const settings = ServerConnection.makeSettings({
    baseUrl: url,
    wsUrl: url.replace("http", "ws"),
    token,
    appendToken: true,
    WebSocket: Socket as never,
  });
  const kernels = new KernelManager({ serverSettings: settings });
  const sessions = new SessionManager({ serverSettings: settings, kernelManager: kernels });
  const contents = new ContentsManager({ serverSettings: settings });
  const dispose = () => {
    sessions.dispose();
    kernels.dispose();
    contents.dispose();
    for (const socket of sockets) socket.terminate();
  };
  after(dispose);
  return { settings, kernels, sessions, contents, sockets, dispose };
}

export function startSession(client: Client, path: string, name = "fused-ts"): Promise<Session.ISessionConnection> {
  return client.sessions.startNew({ path, name: path, type: "notebook", kernel: { name } });
}

export interface Ran {
  content: KernelMessage.IExecuteReplyMsg["content"];
  outputs: { type: string; content: Record<string, unknown> }[];
  stdout: string;
  stderr: string;
  /** text/plain of the value. */
  result: string | undefined;
}

/** Runs code and waits for its reply and all of its outputs. */
export async function run(kernel: Kernel.IKernelConnection, code: string): Promise<Ran> {
  const future = kernel.requestExecute({ code, allow_stdin: false });
  const outputs: Ran["outputs"] = [];
  future.onIOPub = ({ header, content }) =>
    void outputs.push({ type: header.msg_type, content: content as Record<string, unknown> });
  const { content } = await future.done;
  const printed = (name: string) =>
    outputs
      .filter((output) => output.type === "stream" && output.content.name === name)
      .map((output) => output.content.text)
      .join("");
  const value = outputs.find(({ type }) => type === "execute_result")?.content.data as
    Record<string, string> | undefined;
  return { content, outputs, stdout: printed("stdout"), stderr: printed("stderr"), result: value?.["text/plain"] };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(String(holds), holds, { seconds: 120 });
}
