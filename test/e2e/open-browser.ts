import { existsSync } from "node:fs";
import { chromium, type BrowserContext } from "playwright-core";

const browser = "/usr/bin/chromium";
export const needsChromium = existsSync(browser) ? {} : { skip: "needs chromium (apt install chromium)" };

/** Chromium with nothing kept from earlier, and nothing to ask of the network for itself. */
export function openBrowser(profile: string, width = 1280): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: browser,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--disable-quic",
    ],
    viewport: { width, height: 900 },
  });
}
