import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { appFolder } from "../../lab/app/build/app-folder.ts";
import { cssUrls } from "../../lab/app/build/css-urls.ts";
import { packagePatches } from "../../lab/app/build/package-patches.ts";

export const needsIpywidgets = existsSync(join(appFolder, "node_modules", "anywidget"))
  ? {}
  : { skip: "needs the packages of ipywidgets and anywidget (npm run build)" };

/**
 * The script of a page that is a front end with ipywidgets and anywidget and nothing else, as a web view of VS Code is:
 * no Jupyter server, no extension of ours. `showModel(id)` puts a model's view into the page.
 */
export async function anywidgetHost(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: host, resolveDir: appFolder, loader: "js" },
    absWorkingDir: appFolder,
    outdir: "out",
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
    plugins: [cssUrls, packagePatches],
    loader: { ".svg": "text", ".woff2": "dataurl", ".woff": "dataurl", ".png": "dataurl" },
    define: { __dirname: '"/"', "process.env.NODE_ENV": '"production"', "process.env": "{}", global: "globalThis" },
    inject: [join(appFolder, "process.ts")],
  });
  return outputFiles.find(({ path }) => path.endsWith(".js"))!.text;
}

const host = `
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as base from "@jupyter-widgets/base";
import createAnywidget from "anywidget";
import { Widget } from "@lumino/widgets";

const socket = new WebSocket("ws://" + location.host);
socket.binaryType = "arraybuffer";
const comms = new Map();
const send = (type, content) => socket.send(JSON.stringify({ type, content }));

/** A comm as managers take it (base-manager, IClassicComm). */
function commOf(comm_id, target_name) {
  const comm = {
    comm_id, target_name,
    open(data) { send("comm_open", { comm_id, target_name, data }); return comm_id; },
    send(data) { send("comm_msg", { comm_id, data }); return comm_id; },
    close() { comms.delete(comm_id); send("comm_close", { comm_id, data: {} }); return comm_id; },
    on_msg(listener) { comm.heard = listener; },
    on_close(listener) { comm.closed = listener; },
  };
  comms.set(comm_id, comm);
  return comm;
}
const modules = { anywidget: createAnywidget(base), "@jupyter-widgets/base": base };
class Manager extends ManagerBase {
  async loadClass(name, module) { return modules[module][name]; }
  async _create_comm(target, id, data) {
    const comm = commOf(id ?? crypto.randomUUID(), target);
    comm.open(data ?? {});
    return comm;
  }
  async _get_comm_info() { return {}; }
}
const manager = new Manager();
socket.onmessage = ({ data }) => {
  const length = new DataView(data).getUint32(0, true);
  const { type, content, metadata, sizes } = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const buffers = sizes.map((size) => { const view = new DataView(data, at, size); at += size; return view; });
  const message = { header: { msg_type: type }, content, metadata, buffers };
  if (type === "comm_open" && content.target_name === "jupyter.widget" && !comms.has(content.comm_id))
    void manager.handle_comm_open(commOf(content.comm_id, content.target_name), message);
  const comm = comms.get(content.comm_id);
  if (type === "comm_msg") comm?.heard?.(message);
  if (type === "comm_close") comm?.closed?.(message);
};
await new Promise((resolve) => (socket.onopen = resolve));
window.restored = manager._loadFromKernel();
window.showModel = async (id) => {
  const model = await manager.get_model(id);
  const view = await manager.create_view(model);
  const place = document.getElementById("host-0");
  place.replaceChildren();
  Widget.attach(view.luminoWidget, place);
  window.again = () => { view.remove(); return window.showModel(id); };
};
`;
