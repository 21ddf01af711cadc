import type { HostLink } from "./host-link.ts";

const formatter = () => require("./inspect.ts") as typeof import("./inspect.ts");

/**
 * The `console` of a run. What is written goes to the host as it happens, until `limit` characters are reached: then one
 * note, and nothing more.
 */
export function makeConsole(host: HostLink, limit: () => number): object {
  let written = 0;
  let margin = "";
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();

  const write = (stream: "stdout" | "stderr", text: string) => {
    const left = limit() - written;
    if (left < 0) return;
    const line = `${margin ? text.replace(/^/gm, margin) : text}\n`;
    written += line.length;
    if (line.length <= left) host.log(stream, line);
    else host.log(stream, `${line.slice(0, left)}\n[cut: this run has written ${limit()} characters, its limit]\n`);
  };
  const out = (...values: unknown[]) => write("stdout", formatter().format(values));
  const err = (...values: unknown[]) => write("stderr", formatter().format(values));
  const elapsed = (label: string) => `${label}: ${Date.now() - (timers.get(label) ?? Date.now())}ms`;

  return {
    log: out,
    info: out,
    debug: out,
    error: err,
    warn: err,
    trace: (...values: unknown[]) => err(`Trace: ${formatter().format(values)}\n${stackBelow()}`),
    dir: (value: unknown, options?: { depth?: number | null }) => {
      write("stdout", formatter().inspect(value, options?.depth === null ? 50 : options?.depth));
    },
    dirxml: out,
    table: (rows: unknown, columns?: string[]) => {
      const { tableText } = require("./console-table.ts") as typeof import("./console-table.ts");
      write("stdout", tableText(rows, columns));
    },
    assert: (condition: unknown, ...values: unknown[]) => {
      if (!condition) err(values.length > 0 ? `Assertion failed: ${formatter().format(values)}` : "Assertion failed");
    },
    count: (label: unknown = "default") => {
      const name = String(label);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      out(`${name}: ${counts.get(name)}`);
    },
    countReset: (label: unknown = "default") => void counts.delete(String(label)),
    group: (...values: unknown[]) => {
      if (values.length > 0) out(...values);
      margin += "  ";
    },
    groupCollapsed: (...values: unknown[]) => {
      if (values.length > 0) out(...values);
      margin += "  ";
    },
    groupEnd: () => {
      margin = margin.slice(2);
    },
    time: (label: unknown = "default") => void timers.set(String(label), Date.now()),
    timeLog: (label: unknown = "default", ...values: unknown[]) => out(elapsed(String(label)), ...values),
    timeEnd: (label: unknown = "default") => {
      out(elapsed(String(label)));
      timers.delete(String(label));
    },
  };
}

function stackBelow(): string {
  return String(new Error().stack).split("\n").slice(3).join("\n");
}
