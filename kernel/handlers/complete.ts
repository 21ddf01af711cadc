import { toCodePoints, toCodeUnits } from "../cursor-position.ts";
import type { Handler } from "../receive.ts";

interface TypesMetadata {
  _jupyter_types_experimental?: { start: number; end: number }[];
}

/** `complete_request`: positions on the wire are in code points, in the session in UTF-16 units. */
export const completeRequest: Handler = async (kernel, { message, reply }) => {
  const code = String(message.content.code ?? "");
  const position = Number(message.content.cursor_pos ?? toCodePoints(code, code.length));
  const cursor = toCodeUnits(code, position);
  const answer = await kernel.session.ask({ about: "complete", code, cursor });
  reply("complete_reply", {
    status: "ok",
    matches: answer.matches ?? [],
    cursor_start: toCodePoints(code, Number(answer.cursor_start ?? cursor)),
    cursor_end: toCodePoints(code, Number(answer.cursor_end ?? cursor)),
    metadata: inCodePoints(code, answer.metadata),
  });
};

function inCodePoints(code: string, metadata: unknown): object {
  const types = (metadata as TypesMetadata | undefined)?._jupyter_types_experimental;
  const first = types?.[0];
  if (!types || !first) return {};
  // All matches replace the same text.
  const [start, end] = [toCodePoints(code, first.start), toCodePoints(code, first.end)];
  return { _jupyter_types_experimental: types.map((each) => ({ ...each, start, end })) };
}
