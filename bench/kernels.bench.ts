import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer } from "zeromq";
import { processMemory, processorTime, isLanguageServer } from "../test/kernel/process-memory.ts";
import { openRawKernel, type Heard, type RawKernel } from "../test/kernel/raw-kernel.ts";
import { contenders, type Contender } from "./peers.ts";

/**
 * The figures of a kernel as a front end sees them, over ZeroMQ, ours beside the peers that are installed
 * (`node bench/install-peers.js`). Kernels take turns within each round, so that what else the machine does falls on all.
 */
const rounds = Number(process.env.FUSED_BENCH_ROUNDS ?? 5);
const cellPatience = 8000;

interface Figure {
  name: string;
  unit: string;
  /** Which way is better; `no` for what is only told. */
  better: "less" | "more" | "no";
}

const figures = {
  start: { name: "launch to kernel_info_reply", unit: "ms", better: "less" },
  first: { name: "launch to first result", unit: "ms", better: "less" },
  memory: { name: "memory after start, all processes (PSS)", unit: "MB", better: "less" },
  completeFirst: { name: "first completion after start", unit: "ms", better: "less" },
  rtt: { name: "execute round trip `1+1`, median", unit: "ms", better: "less" },
  rtt95: { name: "execute round trip `1+1`, p95", unit: "ms", better: "less" },
  queued: { name: "500 queued executes", unit: "/s", better: "more" },
  queuedCpu: { name: "… processor time of each", unit: "ms", better: "less" },
  lines: { name: "20,000 printed lines", unit: "ms", better: "less" },
  lineMessages: { name: "… in messages", unit: "", better: "no" },
  lineFirst: { name: "… first line shown", unit: "ms", better: "less" },
  big: { name: "one 10 MB string", unit: "ms", better: "less" },
  complete: { name: "completion `[1,2,3].fi`, median", unit: "ms", better: "less" },
  inspect: { name: "inspection of a function, median", unit: "ms", better: "less" },
  busyControl: { name: "kernel_info on control in a busy cell", unit: "ms", better: "less" },
  busyHeartbeat: { name: "heartbeat in a busy cell", unit: "ms", better: "less" },
  busyOutput: { name: "printed output in a busy cell", unit: "ms", better: "less" },
  loop: { name: "interrupt of a busy loop, to reply", unit: "ms", better: "less" },
  wait: { name: "interrupt of a never-settling await", unit: "ms", better: "less" },
  exit: { name: "a cell that exits: to its error", unit: "ms", better: "less" },
} satisfies Record<string, Figure>;
type FigureName = keyof typeof figures;

const results = new Map<string, Map<FigureName, number[]>>();
const faults = new Map<string, Map<FigureName, string>>();

function note(contender: Contender, figure: FigureName, value: number): void {
  const of = results.get(contender.name) ?? new Map<FigureName, number[]>();
  results.set(contender.name, of.set(figure, [...(of.get(figure) ?? []), value]));
}

/** Measures one thing; a kernel that fails at it has that written down, and the others go on. */
async function attempt(contender: Contender, figure: FigureName, work: () => Promise<number>): Promise<boolean> {
  try {
    note(contender, figure, await work());
    return true;
  } catch (error) {
    const of = faults.get(contender.name) ?? new Map<FigureName, string>();
    faults.set(contender.name, of.set(figure, short((error as Error).message)));
    return false;
  }
}

const short = (message: string): string =>
  /^the kernel died/.test(message) ? "dies" : /^no answer/.test(message) ? "no answer" : message.slice(0, 40);

async function open(contender: Contender): Promise<RawKernel> {
  return openRawKernel({ launch: contender.launch });
}

/** The first answer: asked again where a kernel loses what comes while it binds its sockets. */
async function greet({ ask }: RawKernel): Promise<Heard> {
  const first = ask("kernel_info_request", {}, "shell", 15_000).reply;
  const again = sleep(4000).then(() => ask("kernel_info_request", {}, "shell", 10_000).reply);
  again.catch(() => undefined);
  return Promise.race([first, again]);
}

async function timed(kernel: RawKernel, code: string): Promise<number> {
  const { sent, reply, idle } = kernel.execute(code, {}, cellPatience);
  const [replied, quiet] = await Promise.all([reply, idle]);
  return Math.max(replied.time, quiet.time) - sent;
}

async function measureStart(contender: Contender): Promise<void> {
  const kernel = await open(contender);
  const { cells } = contender;
  try {
    const alive = await attempt(contender, "start", async () => (await greet(kernel)).time - kernel.launched);
    if (!alive) return;
    await attempt(
      contender,
      "first",
      async () => (await kernel.execute(cells.sum, {}, cellPatience).reply).time - kernel.launched,
    );
    const completion = { code: cells.complete, cursor_pos: cells.complete.length };
    await attempt(contender, "completeFirst", async () => {
      const { sent, reply } = kernel.ask("complete_request", completion, "shell", cellPatience);
      return (await reply).time - sent;
    });
    await sleep(600);
    const all = processMemory(kernel.kernel.pid, isLanguageServer).reduce((sum, { pss }) => sum + pss, 0);
    note(contender, "memory", all);
  } finally {
    kernel.close();
  }
}

async function measureCells(contender: Contender): Promise<void> {
  const kernel = await open(contender);
  const { cells } = contender;
  try {
    await greet(kernel);
    for (let i = 0; i < 20; i++) await timed(kernel, cells.sum);
    const trips: number[] = [];
    await attempt(contender, "rtt", async () => {
      for (let i = 0; i < 150; i++) trips.push(await timed(kernel, cells.sum));
      return median(trips);
    });
    if (trips.length > 0) note(contender, "rtt95", percentile(trips, 0.95));
    const completion = { code: cells.complete, cursor_pos: cells.complete.length };
    await attempt(contender, "complete", () => questions(kernel, "complete_request", completion));
    await timed(kernel, cells.greet);
    await attempt(contender, "inspect", () =>
      questions(kernel, "inspect_request", { code: "greet", cursor_pos: 5, detail_level: 0 }),
    );
    await attempt(contender, "queued", async () => {
      const sent = performance.now();
      const before = processorTime(kernel.kernel.pid);
      const all = Array.from({ length: 500 }, () => kernel.execute(cells.sum, {}, cellPatience));
      const ends = await Promise.all(all.flatMap(({ reply, idle }) => [reply, idle]));
      note(contender, "queuedCpu", (processorTime(kernel.kernel.pid) - before) / 500);
      return 500 / ((Math.max(...ends.map(({ time }) => time)) - sent) / 1000);
    });
  } finally {
    kernel.close();
  }
}

async function questions(kernel: RawKernel, type: string, content: object): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const { sent, reply } = kernel.ask(type, content, "shell", cellPatience);
    times.push((await reply).time - sent);
  }
  return median(times);
}

async function measureOutput(contender: Contender): Promise<void> {
  const kernel = await open(contender);
  const streams: { time: number; text: string }[] = [];
  kernel.listeners.heard = ({ message: { header, content }, time }) => {
    if (header.msg_type === "stream") streams.push({ time, text: String(content.text) });
  };
  const flood = async (code: string, wanted: number): Promise<number> => {
    streams.length = 0;
    const { sent, idle } = kernel.execute(code, {}, cellPatience);
    await idle;
    const length = () => streams.reduce((sum, { text }) => sum + text.length, 0);
    for (let i = 0; i < 50 && length() < wanted; i++) await sleep(20);
    if (length() < wanted) throw new Error("output is lost");
    return streams.at(-1)!.time - sent;
  };
  try {
    await greet(kernel);
    await timed(kernel, contender.cells.sum);
    let sent = 0;
    const whole = await attempt(contender, "lines", async () => {
      sent = performance.now();
      return flood(contender.cells.lines, Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join("").length);
    });
    if (whole) {
      note(contender, "lineMessages", streams.length);
      note(contender, "lineFirst", streams[0]!.time - sent);
      await attempt(contender, "big", () => flood(contender.cells.big, 10_000_001));
    }
  } finally {
    kernel.close();
  }
}

async function measureBusy(contender: Contender): Promise<void> {
  const kernel = await open(contender);
  const heartbeat = new Dealer({ linger: 0 });
  heartbeat.connect(`tcp://127.0.0.1:${kernel.info.hb_port}`);
  try {
    await greet(kernel);
    await timed(kernel, contender.cells.sum);
    const shown = Promise.withResolvers<number>();
    kernel.listeners.heard = ({ message, time }) => {
      if (message.header.msg_type === "stream") shown.resolve(time);
    };
    const { sent, idle } = kernel.execute(contender.cells.busy, {}, cellPatience);
    await sleep(300);
    // What comes only after the busy cell is no answer during it.
    await attempt(contender, "busyControl", async () => {
      const asked = kernel.ask("kernel_info_request", {}, "control", 600);
      return (await asked.reply).time - asked.sent;
    });
    await attempt(contender, "busyHeartbeat", async () => {
      const start = performance.now();
      await heartbeat.send(["", "beat"]);
      const answer = await Promise.race([heartbeat.receive(), sleep(200)]);
      if (!answer) throw new Error("no answer");
      return performance.now() - start;
    });
    await idle;
    await attempt(contender, "busyOutput", async () => (await shown.promise) - sent);
  } catch (error) {
    void attempt(contender, "busyControl", () => Promise.reject(error as Error));
  } finally {
    heartbeat.close();
    kernel.close();
  }
}

async function measureInterrupt(contender: Contender, figure: "loop" | "wait"): Promise<void> {
  const code = contender.cells[figure];
  if (code === undefined) return;
  const kernel = await open(contender);
  try {
    await greet(kernel);
    await timed(kernel, contender.cells.define);
    await attempt(contender, figure, async () => {
      const { reply } = kernel.execute(code, {}, 3000);
      await sleep(300);
      const start = performance.now();
      if (contender.launch.interruptMode === "signal") kernel.kernel.signal("SIGINT");
      else kernel.ask("interrupt_request", {}, "control", 3000);
      const { time } = await reply;
      // Kernels that drop what waits when a cell has failed drop this too, for a while.
      if (contender.name === "tslab") await sleep(300);
      const next = await kernel.execute(contender.cells.recall, {}, 3000).reply;
      if (next.message.content.status !== "ok") throw new Error("variables are lost");
      return time - start;
    });
  } finally {
    kernel.close();
  }
}

async function measureExit(contender: Contender): Promise<void> {
  const kernel = await open(contender);
  try {
    await greet(kernel);
    await attempt(contender, "exit", async () => {
      const { sent, reply } = kernel.execute(contender.cells.exit, {}, 4000);
      const { time } = await reply;
      if ((await kernel.execute(contender.cells.sum, {}, 4000).reply).message.content.status !== "ok")
        throw new Error("no next cell");
      return time - sent;
    });
  } finally {
    kernel.close();
  }
}

/** What Node itself takes: to start and end with nothing to do, and to echo a ZeroMQ message in another process. */
function nodeStart(): number {
  const start = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - start;
}

async function echoRoundTrip(): Promise<number> {
  const code = `import { Router } from "zeromq"; const socket = new Router(); await socket.bind("tcp://127.0.0.1:*");
    console.log(socket.lastEndpoint); for await (const frames of socket) await socket.send(frames);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const [address] = (await once(child.stdout, "data")) as [Buffer];
  const socket = new Dealer({ linger: 0 });
  socket.connect(address.toString().trim());
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    await socket.send("x");
    await socket.receive();
    times.push(performance.now() - start);
  }
  socket.close();
  child.kill();
  return median(times.slice(50));
}

function percentile(values: number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!;
}

const median = (values: number[]): number => percentile(values, 0.5);

const all = contenders();
const floors = { start: [] as number[], echo: [] as number[] };
const sections = [
  measureStart,
  measureStart,
  measureCells,
  measureOutput,
  measureBusy,
  (each: Contender) => measureInterrupt(each, "loop"),
  (each: Contender) => measureInterrupt(each, "wait"),
  measureExit,
];
for (let round = 0; round < rounds; round++) {
  for (const section of sections) {
    for (const contender of all) {
      try {
        await section(contender);
      } catch (error) {
        console.error(`${contender.name}: ${section.name}: ${(error as Error).message.slice(0, 300)}`);
      }
    }
  }
  floors.start.push(nodeStart(), nodeStart());
  floors.echo.push(await echoRoundTrip());
  console.error(`round ${round + 1} of ${rounds} done; load ${loadavg()[0]!.toFixed(1)}`);
}
report();
process.exit(0);

function report(): void {
  const names = all.map(({ name }) => name);
  const number = (value: number) =>
    value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  const of = (name: string, figure: FigureName): number | undefined => {
    const values = results.get(name)?.get(figure);
    return values && median(values);
  };
  console.log(
    `\n${rounds} rounds, medians; load ${loadavg()
      .map((each) => each.toFixed(1))
      .join(" ")}\n`,
  );
  console.log(`| figure | ${names.join(" | ")} | ours / leading peer |`);
  console.log(`|---|${names.map(() => "---:|").join("")}---|`);
  for (const [figure, { name, unit, better }] of Object.entries(figures) as [FigureName, Figure][]) {
    const cells = names.map((each) => {
      const value = of(each, figure);
      const fault = faults.get(each)?.get(figure);
      const times = results.get(each)?.get(figure)?.length ?? 0;
      if (value === undefined) return fault ?? "–";
      return number(value) + (fault ? ` (${times} times; else ${fault})` : "");
    });
    const peers = names.slice(1).flatMap((each) => {
      const value = of(each, figure);
      return value === undefined ? [] : [{ each, value }];
    });
    const best = peers.sort((a, b) => (better === "more" ? b.value - a.value : a.value - b.value))[0];
    const own = of(names[0]!, figure);
    const ratio =
      better === "no"
        ? ""
        : best && own !== undefined
          ? `${(own / best.value).toFixed(2)} (${best.each})`
          : "no peer does it";
    console.log(`| ${name}${unit && `, ${unit}`} | ${cells.join(" | ")} | ${ratio} |`);
  }
  console.log(
    `\nFloors: \`node -e 0\` ${number(median(floors.start))} ms; a ZeroMQ echo between two Node processes ${number(median(floors.echo))} ms.`,
  );
}
