import type { DisplayBundle } from "../display-sink.ts";
import { escapeHtml } from "../html-text.ts";
import type { LoginAsked } from "./login.ts";
import type { LoginFlow } from "./login-settings.ts";

/** Where a log-in stands. */
export interface LoginView {
  /** The service. */
  baseUrl: string;
  flow: LoginFlow;
  asked?: LoginAsked;
  /** How it ended: well, or not, and what is to be said. */
  outcome?: { isLoggedIn: boolean; text: string };
}

/** The card of a log-in: link, code, time that is left, and in the end what became of it. HTML without scripts, and text. */
export function loginCard(view: LoginView, now = Date.now()): DisplayBundle {
  return { data: { "text/html": cardHtml(view, now), "text/plain": cardText(view, now) }, metadata: {} };
}

function cardText({ baseUrl, flow, asked, outcome }: LoginView, now: number): string {
  if (outcome) return outcome.text;
  if (!asked) return `Asking ${baseUrl} how to log in …`;
  const { url, device } = asked;
  return [
    `Log in to ${baseUrl}, within ${timeLeft(asked, now)}.`,
    url === undefined ? "" : `Open ${url}`,
    url === undefined || flow === "browser" ? "" : pasteHint(asked),
    device && `${url === undefined ? "Open" : "Or on any machine: open"} ${device.url} and enter ${device.code}`,
  ]
    .filter(Boolean)
    .join("\n");
}

function pasteHint({ listens, showsCode }: LoginAsked): string {
  if (listens) {
    return "If the browser is on another machine, its last page does not load: give that page's address to credentials.finalize(…), or use %login --paste.";
  }
  return showsCode
    ? "The last page shows a code: paste it below, or give it to credentials.finalize(…)."
    : "The last page will not load: copy its address and paste it below, or give it to credentials.finalize(…).";
}

function cardHtml({ baseUrl, flow, asked, outcome }: LoginView, now: number): string {
  const service = `<code>${escapeHtml(baseUrl)}</code>`;
  if (outcome) {
    const [mark, colour] = outcome.isLoggedIn ? ["✓", "#2e7d32"] : ["✗", "#c62828"];
    return box(`<b style="color: ${colour}">${mark}</b> ${escapeHtml(outcome.text)}`, colour);
  }
  if (!asked) return box(`Asking ${service} how to log in …`);
  const { url, device } = asked;
  const parts = [`<b>Log in</b> to ${service}`];
  if (url !== undefined) parts.push(link(url, "Open the log-in page"));
  if (device) {
    const place = link(device.completeUrl ?? device.url, device.url);
    const code = `<code style="font-size: 1.3em; letter-spacing: 2px">${escapeHtml(device.code)}</code>`;
    parts.push(`${url === undefined ? "Open" : "Or, on any machine, open"} ${place} and enter ${code}`);
  }
  if (url !== undefined && flow !== "browser") parts.push(`<small>${escapeHtml(pasteHint(asked))}</small>`);
  parts.push(`<small>${timeLeft(asked, now)} left · interrupt the cell to cancel</small>`);
  return box(parts.join("<br>\n"));
}

function box(content: string, colour = "#888"): string {
  return `<div style="border-left: 3px solid ${colour}; padding: 4px 12px; line-height: 1.7">\n${content}\n</div>`;
}

function link(url: string, text: string): string {
  return `<a href="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer">${escapeHtml(text)}</a>`;
}

/** `4 min 55 s`, `40 s`. */
function timeLeft({ expiresAt }: LoginAsked, now: number): string {
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
