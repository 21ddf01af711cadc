import type { MimeBundle } from "../widgets/mime-bundle.ts";
import { connectEngine } from "../engine/client.ts";
import { setCellHooks } from "./cell-hooks.ts";
import { environmentToken, isLoggedIn } from "./credentials/access-token.ts";
import { NotebookCredentials } from "./credentials/notebook-credentials.ts";
import { setDisplaySink } from "./display-sink.ts";
import fused from "./index.ts";
import { setModuleFolder } from "./imports/module-folder.ts";
import { setPoolView, type PoolView } from "./job-pool-display.ts";
import { setSecretSink } from "./known-secrets.ts";
import { setNextCell } from "./next-cell.ts";
import { options } from "./options.ts";
import { useEngine } from "./run-engine.ts";
import { setMagicRegistry, type UserMagic } from "./register-magic.ts";
import { setLogSink } from "./run-logs.ts";
import { setFunctionSourceProvider } from "./udf.ts";

export { udfSource } from "./udf-source.ts";

/** What a notebook session gives the SDK. */
export interface SessionLinks {
  /** The notebook's folder, from which UDFs import as cells do. */
  folder: string;
  /** False for a notebook that nobody trusts: its UDFs take no files and packages of this machine along. Default true. */
  isTrusted?: boolean;
  /** TypeScript text of a function that a cell declared. */
  sourceOf(fn: object): string | undefined;
  /** Local socket of the engine host that the kernel shares with the session. */
  enginePath(): Promise<string>;
  write(stream: "stdout" | "stderr", text: string): void;
  display(bundle: MimeBundle, displayId: string, update: boolean): void;
  /** Puts text into a new cell below the one that runs. */
  nextCell(text: string): void;
  /** Makes a magic known to the notebook. */
  registerMagic(magic: UserMagic): void;
  /** Texts that no output of the notebook may show from here on. */
  secrets?(values: string[]): void;
  /** How a pool's progress is drawn. */
  poolView: PoolView;
  /** Runs what must outlive the cell that happens to start it. */
  detached<T>(work: () => T): T;
  /** Aborts when the cell whose code is running is interrupted; undefined for code of no cell. */
  signal?(): AbortSignal | undefined;
}

/** Makes the SDK part of a notebook session and gives the object that cells know as `fused`. */
export function connectSdk(links: SessionLinks): typeof fused {
  setSecretSink(links.secrets && ((values) => links.secrets!(values)));
  setModuleFolder(links.folder, links.isTrusted);
  setFunctionSourceProvider((fn) => links.sourceOf(fn));
  useEngine(() => links.detached(async () => connectEngine(await links.enginePath())));
  setCellHooks({ detached: links.detached, signal: () => links.signal?.() });
  setNextCell(links.nextCell);
  setMagicRegistry(links.registerMagic);
  setPoolView(links.poolView);
  setLogSink(({ stream, text, udf, run, interleaved }) => {
    const line = text.endsWith("\n") ? text : `${text}\n`;
    links.write(stream, interleaved ? `[${udf} #${run}] ${line}` : line);
  });
  setDisplaySink({
    display: (bundle, id) => links.display(bundle, id, false),
    update: (bundle, id) => links.display(bundle, id, true),
  });
  if (options.promptToLogin && !options.noLogin && !environmentToken() && !isLoggedIn()) {
    // The card says all there is to say; the cell that happens to be first does not wait for it.
    links.detached(() => void new NotebookCredentials());
  }
  return fused;
}
