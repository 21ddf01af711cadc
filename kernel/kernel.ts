import { randomUUID } from "node:crypto";
import { createComms, type Comms } from "./comms.ts";
import type { ConnectionInfo } from "./connection-file.ts";
import { createEngineHost } from "./engine-host.ts";
import { createHistory, type History } from "./history.ts";
import { createHeader, createIopub, type Iopub, type Parent } from "./iopub.ts";
import { launchTrusted, type SessionLaunch } from "./session-launch.ts";
import { runSession, type FromHandles, type SessionSlot } from "./session-slot.ts";
import { bindSockets, createSendQueue } from "./sockets.ts";
import { createSubshells, type Subshells } from "./subshells.ts";
import { dressDisplay } from "./widgets/dress-display.ts";
import type { Launcher } from "./widgets/launcher.ts";
import { createPageAsks } from "./widgets/page-asks.ts";
import { createWidgetViews, type WidgetViews } from "./widgets/widget-views.ts";
import { createWidgets, type Via, type Widgets } from "./widgets/widgets.ts";
import { scrubLog, type ChannelName } from "./receive.ts";
import { knowEnvironment } from "./scrub/own-secrets.ts";
import { createScrubber, type Scrubber } from "./scrub/scrubber.ts";
import type { CommMessage } from "./session/messages.ts";
import { encodeMessage, type Message } from "./wire.ts";

/** One request of a front end, with the way back. */
export interface Request {
  channel: ChannelName;
  message: Message;
  reply(type: string, content: Record<string, unknown>, metadata?: Record<string, unknown>): void;
}

/** What the handlers work with. */
export interface Kernel {
  iopub: Iopub;
  session: SessionSlot;
  subshells: Subshells;
  comms: Comms;
  widgets: Widgets;
  views: WidgetViews;
  /** A comm message of a page to what is displayed there. @returns false where it is for somebody else */
  displayComm(message: CommMessage, parent: Parent): Promise<boolean>;
  history: History;
  /** Takes known secrets out of what is sent and kept. */
  scrubber: Scrubber;
  /** Sends a message on a ROUTER socket to the one who sent `to`. */
  send(
    channel: ChannelName,
    to: Message,
    type: string,
    content: Record<string, unknown>,
    metadata?: Record<string, unknown>,
  ): void;
  status(parent: Parent, state: "busy" | "idle" | "starting"): void;
  /** Ends the session and the engine, tells front ends, and lets the process end. */
  shutdown(): Promise<void>;
}

/**
 * @param launcher who started it, and sees its displays
 * @param launch how a session is started; default: for a notebook that its user trusts
 */
export async function openKernel(
  info: ConnectionInfo,
  launcher: Launcher,
  launch: () => SessionLaunch = launchTrusted,
): Promise<{ kernel: Kernel; sockets: Awaited<ReturnType<typeof bindSockets>> }> {
  const sockets = await bindSockets(info);
  const id = randomUUID();
  const scrubber = createScrubber();
  knowEnvironment(scrubber);
  scrubLog(scrubber.text);
  const iopub = createIopub(createSendQueue(sockets.iopub), info.key, id, scrubber);
  const queues = {
    shell: createSendQueue(sockets.shell),
    control: createSendQueue(sockets.control),
    stdin: createSendQueue(sockets.stdin),
  };
  const engine = createEngineHost();
  const comms = createComms();
  const fromHandles = (message: FromHandles): void => {
    if (message.type === "widget.define") return widgets.define(message.definition);
    widgets.fromSession(message.id, message.kind, message.fields, message.buffers);
  };
  const session = runSession(
    iopub,
    engine,
    comms,
    { fromHandles, dress: (bundle, parent) => dressDisplay(bundle, parent, launcher, views) },
    launch,
    scrubber,
  );
  const widgets = createWidgets(iopub, engine, (id, kind, fields, buffers) =>
    session.widget({ id, kind, fields, buffers }),
  );
  const asks = createPageAsks(widgets);
  const pageComm = async (message: CommMessage, parent: Parent, via: Via): Promise<boolean> =>
    (await widgets.comm(message, parent, via)) || asks.comm(message, parent, via);
  const views = createWidgetViews(iopub, comms, launcher, pageComm);
  const history = createHistory(scrubber.text);
  let closing: Promise<void> | undefined;

  const kernel: Kernel = {
    iopub,
    session,
    history,
    scrubber,
    subshells: createSubshells(),
    comms,
    widgets,
    views,
    displayComm: async (message, parent) =>
      (await pageComm(message, parent, widgets.direct)) || views.comm(message, parent),
    send(channel, to, type, content, metadata = {}) {
      queues[channel].send(
        encodeMessage(info.key, {
          identities: to.identities,
          header: createHeader(type, id),
          parent_header: to.header,
          metadata,
          content: scrubber.value(content),
          buffers: [],
        }),
      );
    },
    status: (parent, state) => iopub.publish("status", parent, { execution_state: state }),
    shutdown() {
      closing ??= (async () => {
        widgets.close();
        await Promise.all([session.close(), engine.close(), history.flush()]);
        iopub.flush();
        await Promise.all([
          ...Object.values(queues).map((queue) => queue.drained()),
          new Promise((go) => setTimeout(go, 20)),
        ]);
        sockets.close();
      })();
      return closing;
    },
  };
  return { kernel, sockets };
}
