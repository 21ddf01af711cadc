import type { Exchange } from "./exchange.ts";
import { redirect, replyHtml } from "./exchange.ts";
import type { Login } from "./access/login.ts";
import { leadingOnPage, plainPage } from "./plain-page.ts";
import type { Route } from "./routes.ts";

/** /login?code=…&next=/lab/…: a one-time code becomes a cookie. Anyone may ask. */
export function loginRoutes(login: Login): Route[] {
  return [
    [
      "GET",
      "/login",
      (exchange) => {
        const code = exchange.query.get("code");
        if (code !== null && login.takeCode(code)) return letIn(exchange, login, exchange.query.get("next"));
        const used = code === null ? "This lab lets in by a link." : "This login link has been used, or is too old.";
        replyHtml(exchange, plainPage("Not logged in", [used, howToLogIn]), 403);
      },
    ],
    [
      "GET",
      "/logout",
      (exchange) => {
        exchange.response.setHeader("Set-Cookie", `${login.cookieName}=; Path=/; Max-Age=0`);
        replyHtml(exchange, plainPage("Logged out", [howToLogIn]));
      },
    ],
  ];
}

export const howToLogIn =
  "Go to the terminal in which fused-kernel lab runs and press Enter there: it prints a new link, which works once.";

/** Sets the cookie and leads on, to an address without the secret that was in this one. */
export function letIn(exchange: Exchange, login: Login, next: string | null): void {
  exchange.response.setHeader("Set-Cookie", login.newCookie());
  const location = next !== null && /^\/(?![/\\])[^\s\\]*$/.test(next) ? next : "/lab";
  const followed = exchange.request.headers["sec-fetch-site"];
  // A browser keeps the strict cookie back for as long as a link on another site leads it on.
  if (followed === "cross-site" || followed === "same-site") replyHtml(exchange, leadingOnPage(location));
  else redirect(exchange, location);
}
