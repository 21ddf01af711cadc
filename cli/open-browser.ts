import { spawn } from "node:child_process";

/** Opens a page in the user's browser. @returns false where none can be started */
export function openBrowser(url: string): Promise<boolean> {
  const [command, args] =
    process.platform === "darwin"
      ? ["open", [url]]
      : process.platform === "win32"
        ? ["rundll32", ["url.dll,FileProtocolHandler", url]]
        : ["xdg-open", [url]];
  return new Promise((resolve) => {
    const child = spawn(command as string, args as string[], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    // xdg-open ends when it has handed the page over; one that stays is a browser in the foreground.
    child.once("exit", (code) => resolve(code === 0));
    setTimeout(() => resolve(true), 3000).unref();
    child.unref();
  });
}
