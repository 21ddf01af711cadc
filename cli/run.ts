import { accessSync, constants, existsSync, statSync } from "node:fs";
import { constants as system } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { nearestName } from "../fused/nearest-name.ts";
import { findKernelspec, listKernelspecs } from "../kernelspec/find.ts";
import { defaultDisplayName, defaultName, language as ownLanguage } from "../kernelspec/kernel-json.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { executeNotebook } from "./execute-notebook.ts";
import type { Failure } from "./execute-notebook.ts";
import { KernelClient } from "./kernel-client.ts";
import { kernelspecLaunch, ownLaunch } from "../kernelspec/kernel-process.ts";
import type { KernelLaunch } from "../kernelspec/kernel-process.ts";
import type { KeptWidget } from "../widgets/front/kept-widgets.ts";
import type { Notebook } from "./notebook-format.ts";
import { readNotebook, writeFileWhole, writeNotebook } from "./notebook.ts";
import { injectParameters, parseParameter } from "./parameters.ts";
import { formatSeconds, progress } from "./progress.ts";

const options = {
  output: { type: "string", short: "o" },
  html: { type: "string" },
  parameter: { type: "string", short: "p", multiple: true },
  "raw-parameter": { type: "string", short: "r", multiple: true },
  timeout: { type: "string" },
  "allow-errors": { type: "boolean" },
  kernel: { type: "string" },
} as const;

export const runHelp = `Usage: fused-kernel run NOTEBOOK.ipynb [options]

Runs a notebook's cells in order in a kernel of its own, started in the notebook's folder, and shows each as it ends.
Stops at the first cell that fails, with its traceback and exit code 1. The notebook itself is left as it is, unless -o
names it.

  -o, --output OUT.ipynb    write the notebook with its outputs (also after a failure, with what there is)
      --html OUT.html       write one self-contained page
  -p, --parameter NAME=VALUE
                            set a variable of the cell tagged "parameters"; may be repeated. true, false, null, numbers
                            and JSON ([1, 2], {"a": 1}, "42") are taken as such, anything else as text
  -r, --raw-parameter NAME=TEXT
                            the same, always as text
      --timeout SECONDS     interrupt a cell that takes longer; the run fails
      --allow-errors        go on after cells that fail (a cell tagged "raises-exception" may always fail)
      --kernel NAME         another kernelspec than our own kernel

A cell tagged "skip-execution" is passed over.`;

/**
 * `fused-kernel run`. @returns the exit code: 0, or 1 where a cell failed, or 128 + signal where we were told to
 * stop
 */
export async function runCommand(words: string[]): Promise<number> {
  const { values, positionals } = parseArguments(words, options, ["NOTEBOOK.ipynb"]);
  const path = resolve(positionals[0]!);
  const timeoutMs = parseTimeout(values.timeout);
  const parameters = new Map([
    ...(values.parameter ?? []).map((each) => usage(() => parseParameter(each))),
    ...(values["raw-parameter"] ?? []).map((each) => usage(() => parseParameter(each, true))),
  ]);
  for (const target of [values.output, values.html]) {
    if (target !== undefined) checkTarget(target);
  }

  const notebook = readNotebook(path);
  const { launch, kernelspec } = chooseKernel(notebook, path, values.kernel);
  if (parameters.size > 0) {
    for (const note of await injectParameters(notebook, parameters, kernelspec.language)) warn(note);
  }
  notebook.metadata.kernelspec = kernelspec;

  const started = performance.now();
  const stop = stopOnSignal();
  let failure: Failure | undefined;
  let widgets: KeptWidget[] = [];
  const kernel = await KernelClient.start(launch);
  stop.kernel = kernel;
  try {
    if (kernel.info.language_info) {
      notebook.metadata.language_info = kernel.info.language_info as Notebook["metadata"]["language_info"];
    }
    const show = progress(process.stdout);
    failure = await executeNotebook(notebook, kernel, {
      timeoutMs,
      allowErrors: values["allow-errors"] ?? false,
      onCellStart: show.start,
      onCellEnd: (...end) => stop.signal === undefined && show.end(...end),
    });
    if (values.html !== undefined && stop.signal === undefined) {
      const { keepWidgets } = await import("./keep-widgets.ts");
      widgets = await keepWidgets(notebook, kernel);
    }
    await kernel.shutdown();
  } finally {
    kernel.kill();
    stop.off();
  }

  if (failure && stop.signal !== undefined) {
    const evalue = `the run was stopped by ${stop.signal}`;
    Object.assign(failure.error, { ename: "Interrupted", evalue, traceback: [`Interrupted: ${evalue}`] });
  }
  if (values.output !== undefined) writeNotebook(resolve(values.output), notebook);
  if (values.html !== undefined) {
    const { notebookHtml } = await import("./html.ts");
    const name = basename(path, ".ipynb");
    writeFileWhole(resolve(values.html), await notebookHtml(notebook, { name, folder: dirname(path), widgets }));
  }
  if (stop.signal !== undefined) {
    console.error(`\nfused-kernel run: stopped by ${stop.signal}`);
  } else if (failure) {
    console.error(`\n${tracebackOf(failure)}\n`);
    console.error(`fused-kernel run: ${positionals[0]}: cell ${failure.number} of ${failure.total} failed`);
  }
  const seconds = formatSeconds((performance.now() - started) / 1000);
  const written = [values.output, values.html].filter((each) => each !== undefined);
  console.log(`${failure ? "stopped" : "done"} after ${seconds}${written.map((each) => `\n  → ${each}`).join("")}`);
  if (stop.signal !== undefined) return 128 + system.signals[stop.signal];
  return failure ? 1 : 0;
}

/** Whether a file can be written there is asked before the notebook runs, not after. @throws UsageError */
function checkTarget(target: string): void {
  const folder = dirname(resolve(target));
  if (existsSync(target) && statSync(target).isDirectory()) {
    throw new UsageError(`${target} is a folder: give the name of a file to write`);
  }
  if (!existsSync(folder)) throw new UsageError(`${target}: there is no folder ${folder}; make it first`);
  if (!statSync(folder).isDirectory()) throw new UsageError(`${target}: ${folder} is a file, not a folder`);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(`${target} cannot be written: no permission`);
  }
}

function chooseKernel(
  notebook: Notebook,
  path: string,
  name: string | undefined,
): { launch: KernelLaunch; kernelspec: { name: string; display_name: string; language: string } } {
  const folder = dirname(path);
  // As Jupyter's server does: the kernel knows which notebook it works for.
  const env = { JPY_SESSION_NAME: path };
  if (name === undefined || name === defaultName) {
    const wanted = notebook.metadata.kernelspec;
    const language = (wanted?.language ?? notebook.metadata.language_info?.name ?? ownLanguage).toLowerCase();
    if (name === undefined && !["typescript", "javascript"].includes(language)) {
      throw new Error(
        `${path} is written for the kernel "${wanted?.name ?? language}" (${language}), not for TypeScript.\n` +
          `Run it with that kernel: --kernel ${wanted?.name ?? "NAME"}; or with ours all the same: --kernel ${defaultName}`,
      );
    }
    const kernelspec = { name: defaultName, display_name: defaultDisplayName, language: ownLanguage };
    return { launch: ownLaunch(folder, env), kernelspec };
  }
  const found = findKernelspec(name);
  if (!found) {
    const names = listKernelspecs().map((each) => each.name);
    const near = nearestName(name, [...names, defaultName]);
    throw new Error(
      `--kernel ${name}: there is no such kernelspec.${near ? ` Did you mean ${near}?` : ""}\n` +
        `Installed: ${names.join(", ") || "none"}`,
    );
  }
  const { display_name, language } = found.spec;
  return { launch: kernelspecLaunch(found, folder, env), kernelspec: { name, display_name, language } };
}

/** From now on, the first SIGINT, SIGTERM or SIGHUP kills the kernel, which ends the run; the next one ends us. */
function stopOnSignal(): { kernel?: KernelClient; signal?: NodeJS.Signals; off(): void } {
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const state: ReturnType<typeof stopOnSignal> = {
    off: () => names.forEach((name) => process.off(name, onSignal)),
  };
  let since = 0;
  function onSignal(signal: NodeJS.Signals): void {
    // A terminal's Ctrl-C may come twice at once: from the terminal, and passed on by the process above us.
    const again = state.signal !== undefined && performance.now() - since > 500;
    if (again || !state.kernel) process.exit(128 + system.signals[signal]);
    if (state.signal !== undefined) return;
    [state.signal, since] = [signal, performance.now()];
    state.kernel.kill();
  }
  for (const name of names) process.on(name, onSignal);
  return state;
}

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds > 0) || seconds > 2_000_000) {
    throw new UsageError(`--timeout ${text}: must be a number of seconds above 0, for example --timeout 60`);
  }
  return seconds * 1000;
}

function tracebackOf({ error }: Failure): string {
  const text = error.traceback.join("\n") || `${error.ename}: ${error.evalue}`;
  return process.stderr.isTTY && !process.env.NO_COLOR ? text : stripVTControlCharacters(text);
}

function usage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function warn(text: string): void {
  console.error(`fused-kernel run: note: ${text}`);
}
