import type { HistoryEntry } from "../history.ts";
import type { Handler } from "../receive.ts";

export const historyRequest: Handler = ({ history }, { message, reply }) => {
  const { hist_access_type, n, start, stop, pattern, unique, output } = message.content as {
    hist_access_type?: string;
    n?: number;
    start?: number;
    stop?: number | null;
    pattern?: string;
    unique?: boolean;
    output?: boolean;
  };
  let entries: HistoryEntry[] = [];
  if (hist_access_type === "range") entries = history.range(start ?? 1, stop ?? undefined);
  else if (hist_access_type === "search") entries = history.search(pattern ?? "*", n ?? 0, unique ?? false);
  else entries = history.tail(n ?? 10);
  // Asked for outputs as well, an entry is [session, line, [input, output]]; outputs are not kept.
  const shown = output ? entries.map(([session, line, source]) => [session, line, [source, null]]) : entries;
  reply("history_reply", { status: "ok", history: shown });
};
