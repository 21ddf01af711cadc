import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

/** A run takes at least this long, where the number of loops is not given, milliseconds. */
const leastRun = 100;

export const timeit: Magic = {
  name: "timeit",
  kinds: ["line", "cell"],
  summary: "Runs code many times and says how long one run of it takes.",
  usage: `%timeit -n LOOPS -r RUNS EXPRESSION
%%timeit -n LOOPS -r RUNS
statements

Runs the code LOOPS times in each of RUNS runs (7), after the JIT compiler has had time to warm up, and prints the mean and the
standard deviation over the runs. Without -n, the number of loops is found so that a run takes 0.1 s. What the code
declares stays its own; async code is awaited.`,
  bodyIsCode: true,
  async run({ kind, line, body, bodyFirstLine, assigned }, session) {
    const [, flags, rest] = /^((?:-[nr]\s*\d+\s*)*)(.*)$/s.exec(line) as unknown as [string, string, string];
    const flag = (name: string): number | undefined => {
      const found = new RegExp(`-${name}\\s*(\\d+)`).exec(flags)?.[1];
      if (found !== undefined && Number(found) < 1) throw new MagicError(`%timeit: -${name} must be at least 1.`);
      return found === undefined ? undefined : Number(found);
    };
    const runs = flag("r") ?? 7;
    const code = kind === "cell" ? body : rest;
    if (kind === "cell" && rest !== "") throw new MagicError(`%%timeit takes -n and -r; what came is ${rest}.`);
    if (code.trim() === "") throw new MagicError("%timeit: what should be timed? %timeit EXPRESSION");
    const once = await compile(code, kind === "cell" ? bodyFirstLine : 1, session.evaluate);
    let loops = flag("n");
    if (loops === undefined) {
      loops = 1;
      // The compiler warms up on the way.
      for (let took = await once(1); took < leastRun && loops < 1e9; took = await once(loops)) {
        loops = took < 1 ? loops * 10 : Math.ceil(loops * Math.min(10, (leastRun / took) * 1.2));
        session.signal.throwIfAborted();
      }
    } else await once(Math.min(loops, 1000));
    const each: number[] = [];
    for (let run = 0; run < runs; run++) {
      session.signal.throwIfAborted();
      each.push((await once(loops)) / loops);
    }
    const mean = each.reduce((sum, one) => sum + one, 0) / runs;
    const deviation = Math.sqrt(each.reduce((sum, one) => sum + (one - mean) ** 2, 0) / runs);
    const counts = `${runs} ${runs === 1 ? "run" : "runs"}, ${loops.toLocaleString("en")} ${loops === 1 ? "loop" : "loops"} each`;
    session.print(`${short(mean)} ± ${short(deviation)} per loop (mean ± std. dev. of ${counts})\n`);
    if (assigned) return { mean, deviation, runs: each, loops };
  },
};

/** The code as a function that runs it so many times and gives milliseconds. */
async function compile(
  code: string,
  firstLine: number,
  evaluate: (source: string, firstLine?: number) => Promise<unknown>,
): Promise<(loops: number) => number | Promise<number>> {
  const awaits = /\bawait\b/.test(code);
  const text = code.trimEnd().replace(/;$/, "");
  const loop = (body: string): string =>
    `(${awaits ? "async " : ""}(__loops, __now, __keep) => { const __start = __now(); for (let __i = 0; __i < __loops; __i++) {${body}\n} return __now() - __start; })`;
  // The value of an expression is kept, so that the compiler cannot leave the work out.
  let made: unknown;
  try {
    made = await evaluate(loop(`__keep.value = (${text}\n)`), firstLine);
  } catch (error) {
    if ((error as Error).name !== "SyntaxError") throw error;
    made = await evaluate(loop(code), firstLine);
  }
  const keep = { value: undefined as unknown };
  return (loops) => (made as (...given: unknown[]) => number)(loops, () => performance.now(), keep);
}

/** Three significant digits, as IPython prints them. @param milliseconds any length of time */
function short(milliseconds: number): string {
  const units = [
    ["s", 1000],
    ["ms", 1],
    ["µs", 1e-3],
    ["ns", 0],
  ] as const;
  const [unit, size] = units.find(([, least]) => milliseconds >= least)!;
  return `${Number((milliseconds / (size || 1e-6)).toPrecision(3))} ${unit}`;
}
