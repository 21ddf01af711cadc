import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";

/** One run of TypeScript's language server, a process of its own. */
export interface LanguageServer {
  readonly pid: number;
  /** Sends a request of the Language Server Protocol. Rejects when the server has ended. */
  ask<Answer>(method: string, parameters: object): Promise<Answer>;
  tell(method: string, parameters: object): void;
  /** Resolves when the process has ended, however that came about. */
  readonly ended: Promise<void>;
  end(): void;
}

/**
 * Starts `tsc --lsp --stdio`. It ends when its stdin closes, so it never outlives this process.
 * @param folder the notebook's folder
 * @throws Error where TypeScript has no binary for this platform, or the server does not start
 */
export async function startLanguageServer(folder: string): Promise<LanguageServer> {
  const child = spawn(executable(), ["--lsp", "--stdio"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  child.stdin!.on("error", () => {});
  const connection = connect(child);
  const gone = ended.then(() => {
    connection.dispose();
    throw new Error("The language server has ended.");
  });
  gone.catch(() => {});
  const ask = <Answer>(method: string, parameters: object): Promise<Answer> =>
    Promise.race([connection.sendRequest<Answer>(method, parameters), gone]);
  const tell = (method: string, parameters: object): void =>
    void connection.sendNotification(method, parameters).catch(() => {});
  await ask("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: {
        completion: { completionItem: { labelDetailsSupport: true, snippetSupport: false } },
        hover: { contentFormat: ["markdown"] },
        signatureHelp: { signatureInformation: { documentationFormat: ["plaintext"] } },
        diagnostic: {},
      },
    },
    initializationOptions: {
      disablePushDiagnostics: true,
      // Else it runs npm for the types of packages that it finds: nothing here goes to the network unasked.
      userPreferences: { disableAutomaticTypeAcquisition: true },
    },
  });
  tell("initialized", {});
  tell("custom/setLogVerbosity", { verbosity: "off" });
  return { pid: child.pid ?? 0, ask, tell, ended, end: () => void child.kill("SIGKILL") };
}

function connect(child: ChildProcess): MessageConnection {
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout!),
    new StreamMessageWriter(child.stdin!),
  );
  // The server registers for changes of settings and files; the first do not change, the others are watched here.
  connection.onRequest(() => null);
  connection.onError(() => {});
  connection.listen();
  return connection;
}

/** The native binary that comes with the npm package `typescript`, without the Node process that `tsc` puts before it. */
function executable(): string {
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  // It is a dependency of `typescript`, so it is looked for from there.
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const folder = dirname(createRequire(typescript).resolve(`${name}/package.json`));
  return join(folder, "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
}
