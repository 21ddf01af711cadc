import { pageTarget } from "../../widget-payload.ts";
import type { CommLine, LoaderComms } from "../comms.ts";

export interface Answer {
  fields: Record<string, unknown>;
  buffers: DataView[];
}

/** Asks the kernel, on behalf of a page that has no extension of ours. */
export type Ask = (kind: string, fields: object) => Promise<Answer>;

/**
 * The line on which a page asks its kernel for code and displays. An answer that does not come is waited for: a cell may
 * keep another kernel from answering, and the stored picture stands meanwhile.
 */
export function askKernel(comms: LoaderComms): Ask {
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let line: Promise<CommLine | undefined> | undefined;
  let last = 0;

  const open = async (): Promise<CommLine | undefined> => {
    const opened = await comms.open({}, pageTarget);
    opened?.onMessage((data, buffers) => {
      const { re, ...fields } = data as { re: number } & Record<string, unknown>;
      const asked = waiting.get(re);
      waiting.delete(re);
      if (fields["error"] === undefined) asked?.resolve({ fields, buffers });
      else asked?.reject(new Error(String(fields["error"])));
    });
    opened?.onClose(() => {
      line = undefined;
      for (const { reject } of waiting.values()) reject(new Error("the kernel has gone"));
      waiting.clear();
    });
    return opened;
  };
  return async (kind, fields) => {
    line ??= open();
    const opened = await line;
    if (!opened) {
      line = undefined;
      throw new Error("no kernel can be reached");
    }
    const no = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(no, { resolve, reject });
      opened.send({ kind, no, ...fields });
    });
  };
}
