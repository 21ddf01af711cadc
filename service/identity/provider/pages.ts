import { escapeHtml } from "../../../fused/html-text.ts";
import type { ServiceResponse } from "../../http/route.ts";

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:12vh auto;padding:0 1rem;color:#1c2733;background:#fff}
h1{font-size:1.3rem}code{background:#eef2f5;padding:.1em .35em;border-radius:3px;overflow-wrap:anywhere}
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #8aa;border-radius:4px;margin:.3rem 0 1rem}
button{font:inherit;padding:.5rem 1.2rem;border-radius:4px;border:1px solid #1f6f8b;background:#1f6f8b;color:#fff;margin-right:.6rem;cursor:pointer}
button.second{background:#fff;color:#1f6f8b}.wrong{color:#a3281f}
@media (prefers-color-scheme:dark){body{background:#12181e;color:#dde5ec}code{background:#22303c}input{background:#1a232c;color:inherit}button.second{background:transparent;color:#7cc4dd}}`;

/** After a form was sent, the browser goes on to the notebook's listener on this machine. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; " +
  "form-action 'self' http://127.0.0.1:* http://localhost:*";

/** A page of the login. `content` is HTML whose foreign texts went through `escapeHtml`. */
export function page(
  title: string,
  content: string,
  status = 200,
  headers: Record<string, string> = {},
): ServiceResponse {
  const body =
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escapeHtml(title)}</title><style>${style}</style><h1>${escapeHtml(title)}</h1>${content}</html>`;
  return {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "X-Frame-Options": "DENY",
      "Cache-Control": "no-store",
      ...headers,
    },
    body,
  };
}

/** A form that sends its fields and what is asked for; `decision` is allow or deny. */
export function consentForm(
  action: string,
  fields: Record<string, string>,
  { isKnown, wrong }: { isKnown: boolean; wrong?: string },
): string {
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const token = isKnown
    ? ""
    : `<label>Your token, which the service printed when it first started and keeps in the file <code>token</code> of its ` +
      `data folder:<input name="token" type="password" autocomplete="current-password" autofocus required></label>`;
  return (
    `${wrong ? `<p class="wrong">${escapeHtml(wrong)}</p>` : ""}<form method="post" action="${escapeHtml(action)}">` +
    `${hidden.join("")}${token}<button name="decision" value="allow">Log in</button>` +
    `<button class="second" name="decision" value="deny" formnovalidate>Cancel</button></form>`
  );
}
