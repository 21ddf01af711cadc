import type { HistoryEntry } from "../history.ts";
import type { Handler } from "../receive.ts";

export const historyRequest: Handler = async ({ history }, { message, reply }) => {
  const { hist_access_type, n, session, start, stop, pattern, unique, output } = message.content as {
    hist_access_type?: string;
    n?: number;
    session?: number;
    start?: number;
    stop?: number | null;
    pattern?: string;
    unique?: boolean;
    output?: boolean;
  };
  let entries: HistoryEntry[] = [];
  if (hist_access_type === "range") entries = await history.range(session ?? 0, start ?? 1, stop ?? undefined);
  else if (hist_access_type === "search") entries = await history.search(pattern ?? "*", n ?? 0, unique ?? false);
  else entries = await history.tail(n ?? 10);
  // Asked for outputs as well, an entry is [session, line, [input, output]]; outputs are not kept.
  const shown = output ? entries.map(([of, line, source]) => [of, line, [source, null]]) : entries;
  reply("history_reply", { status: "ok", history: shown });
};
