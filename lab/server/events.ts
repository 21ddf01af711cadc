import type { WebSocket } from "ws";

const kernelActions = "https://events.jupyter.org/jupyter_server/kernel_actions/v1";

/**
 * What happens on the server, told to every page: https://jupyter-server.readthedocs.io/en/latest/operators/configuring-logging.html
 * Of the events that Jupyter's server has, those that a page cannot learn in another way.
 */
export class Events {
  readonly #sockets = new Set<WebSocket>();

  subscribe(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  /** Somebody has asked for a kernel's restart; it has not begun. */
  restarting({ id, name }: { id: string; name: string }): void {
    const event = { schema_id: kernelActions, action: "restart", kernel_id: id, kernel_name: name };
    const text = JSON.stringify({ ...event, msg: `Kernel ${id} is restarted` });
    for (const socket of this.#sockets) socket.send(text);
  }
}
