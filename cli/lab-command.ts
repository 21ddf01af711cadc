import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { labEnvironment } from "../bin/lab-environment.js";
import { packageRoot } from "../kernelspec/package-root.ts";
import { UsageError, parseArguments } from "./arguments.ts";
import { openBrowser } from "./open-browser.ts";
import { untilSignal } from "./until-signal.ts";
import type { LabServer } from "../lab/server/server.ts";

const defaultPort = 8888;
/** Ports that are tried one after the other where the user names none. */
const portsTried = 50;

export const labHelp = `Usage: fused-kernel lab [FOLDER] [options]

Opens JupyterLab in the browser, with this kernel and every other that is installed, on the notebooks of FOLDER (default:
the folder you are in). Nothing outside of FOLDER can be reached through it, except by what kernels run. Ctrl-C ends it
and its kernels.

      --port P      port (default: ${defaultPort}, or the next one that is free)
      --host H      address to listen at (default: 127.0.0.1, which only this machine can reach)
      --no-browser  only print the link
      --token T     a fixed token for clients: "Authorization: token T", or once in an address as ?token=T

The printed link logs a browser in; it works once, for 15 minutes. Press Enter for a new one.`;

/** `fused-kernel lab` */
export async function labCommand(words: string[]): Promise<number> {
  const options = {
    port: { type: "string" },
    host: { type: "string" },
    "no-browser": { type: "boolean" },
    token: { type: "string" },
  } as const;
  const given = words.some((word, i) => isFolder(word, words[i - 1]));
  const { values, positionals } = parseArguments(words, options, given ? ["FOLDER"] : []);
  const folder = resolve(positionals[0] ?? ".");
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file: name the folder that it is in`);
  const host = values.host ?? "127.0.0.1";
  for (const name of Object.keys(labEnvironment)) delete process.env[name];
  const ended = Promise.withResolvers<void>();
  const server = await start(folder, host, portOf(values.port), checkToken(values.token), ended.resolve);

  console.log(`Lab: ${server.loginUrl()}`);
  console.log(`Folder: ${folder}. Ctrl-C ends the lab and its kernels; Enter prints a new link.`);
  const { isLoopback } = await import("../lab/server/access/hosts.ts");
  if (!isLoopback(host)) {
    console.error(
      `Warning: the lab listens at ${host}, where other machines can reach it, over unencrypted http. Whoever logs in ` +
        "can run any program as you. Prefer an SSH tunnel to 127.0.0.1.",
    );
  }
  if (!existsSync(join(packageRoot, "dist", "lab", "build.json"))) {
    console.error("JupyterLab has not been built, so there are no pages yet. Run: npm run build");
  }
  if (!values["no-browser"] && !(await openBrowser(server.loginUrl()))) {
    console.log("No browser could be opened: open the link above.");
  }
  await untilEnded(server, ended.promise);
  return 0;
}

function isFolder(word: string, before: string | undefined): boolean {
  return !word.startsWith("-") && !["--port", "--host", "--token"].includes(before ?? "");
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`--port ${text}: a port is a number from 0 to 65535`);
  return port;
}

function checkToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]{8,}$/.test(token)) return token;
  throw new UsageError("--token: at least 8 characters, without spaces, so that nobody guesses it");
}

async function start(
  folder: string,
  host: string,
  wanted: number | undefined,
  token: string | undefined,
  onShutdown: () => void,
): Promise<LabServer> {
  const { startLabServer } = await import("../lab/server/server.ts");
  for (let port = wanted ?? defaultPort; ; port++) {
    try {
      return await startLabServer({ folder, host, port, token, onShutdown });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const busy = code === "EADDRINUSE" || code === "EACCES";
      if (busy && wanted === undefined && port < defaultPort + portsTried) continue;
      if (code === "EADDRINUSE") throw new Error(`port ${port} is taken: name another with --port, or leave it out`);
      if (code === "EACCES")
        throw new Error(`port ${port} may not be opened: ports below 1024 are the administrator's`);
      if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") throw new Error(`${host} is no address of this machine`);
      throw error;
    }
  }
}

/** Lives until a signal or the page ends the lab. A second Ctrl-C does not wait for the kernels. */
async function untilEnded(server: LabServer, asked: Promise<void>): Promise<void> {
  if (process.stdin.isTTY) process.stdin.on("data", () => console.log(`Lab: ${server.loginUrl()}`));
  await Promise.race([untilSignal(), asked]);
  const count = server.kernels.list().length;
  console.log(count > 0 ? `Ending ${count} kernel${count === 1 ? "" : "s"} …` : "Ending …");
  await server.close();
  process.stdin.destroy();
}
