import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const time: Magic = {
  name: "time",
  kinds: ["line", "cell"],
  summary: "Says how long the rest of the line, or the cell, took.",
  usage: `%time EXPRESSION
%%time
statements

Runs the code in the notebook, prints the wall time and the CPU time of the session, and gives the code's value.`,
  bodyIsCode: true,
  async run({ kind, line, body, bodyFirstLine }, session) {
    const code = kind === "cell" ? body : line;
    if (code.trim() === "") {
      throw new MagicError(
        kind === "cell" ? "%%time: the cell has no code below it." : "%time: what should be timed? %time EXPRESSION",
      );
    }
    const cpu = process.cpuUsage();
    const start = performance.now();
    const value = await session.evaluate(code, kind === "cell" ? bodyFirstLine : 1);
    const settled = await value;
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    session.print(`Wall time: ${duration(wall)} · CPU time: ${duration((user + system) / 1000)}\n`);
    return settled;
  },
};

/** @param milliseconds any length of time */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(0)} µs`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}
