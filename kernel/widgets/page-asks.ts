import type { Parent } from "../iopub.ts";
import type { CommMessage } from "../session/messages.ts";
import { pageTarget } from "../../widgets/widget-payload.ts";
import type { Via, Widgets } from "./widgets.ts";

type Fields = Record<string, unknown>;

/** Answers pages that have none of our code but the loader in a display: `code` and `widgets`, by number. */
export interface PageAsks {
  /** @returns false where the message is none of theirs */
  comm(message: CommMessage, parent: Parent, via: Via): Promise<boolean>;
}

export function createPageAsks(widgets: Pick<Widgets, "spec">): PageAsks {
  const lines = new Set<string>();

  async function answer(kind: unknown, fields: Fields): Promise<{ fields: Fields; buffers?: Uint8Array[] }> {
    if (kind === "widgets") {
      const specs = await Promise.all((fields["ids"] as string[]).map((id) => widgets.spec(id)));
      return { fields: { specs: specs.map((spec) => spec ?? null) } };
    }
    if (kind !== "code") throw new Error(`a page cannot ask for "${String(kind)}"`);
    const { pageCode } = await import("./page-code.ts");
    const { files, buffers } = await pageCode(String(fields["file"]), new Set(fields["have"] as string[]));
    return { fields: { files }, buffers };
  }

  return {
    async comm({ type, content }, parent, via) {
      const id = String(content.comm_id);
      if (type === "comm_open") {
        if (content.target_name !== pageTarget) return false;
        lines.add(id);
        return true;
      }
      if (!lines.has(id)) return false;
      if (type === "comm_close") return lines.delete(id);
      const { kind, no: re, ...fields } = content.data as Fields;
      try {
        const given = await answer(kind, fields);
        via("comm_msg", parent, id, { re, ...given.fields }, given.buffers);
      } catch (error) {
        via("comm_msg", parent, id, { re, error: (error as Error).message });
      }
      return true;
    },
  };
}
