import { timingSafeEqual } from "node:crypto";
import { escapeHtml } from "../../../fused/html-text.ts";
import type { ServiceContext } from "../../context.ts";
import type { Route, ServiceRequest, ServiceResponse } from "../../http/route.ts";
import { tokenHash } from "../service-tokens.ts";
import { checkOwnOrigin, formBody } from "./form-body.ts";
import { changeDetails, decide, findGrant, newGrant, pendingDevices, useGrant } from "./grants.ts";
import { hasLoginCookie, loginCookie } from "./login-cookie.ts";
import { consentForm, page } from "./pages.ts";

const codeSeconds = 120;
const deviceSeconds = 600;
/** Anybody can begin a login: no more wait at a time. */
const mostDevices = 50;
const pollSeconds = 2;
const outOfBand = "urn:ietf:wg:oauth:2.0:oob";
/** Without vowels and what looks alike. */
const userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ";

/** What an authorization request asks for, as it goes through the page's form. */
type Asked = Record<"client_id" | "redirect_uri" | "scope" | "state" | "nonce" | "code_challenge", string>;

/**
 * The pages of the service's own provider: who logs in confirms it with a click, in a browser that has shown the owner's token.
 * Authorization code with PKCE (RFC 6749, 7636, 8252) and the device grant (RFC 8628).
 */
export function authorizeRoutes(context: ServiceContext, personalToken: string): Route[] {
  const { database, keys, settings, url } = context;
  const isOwner = (token: string | undefined) =>
    token !== undefined && timingSafeEqual(tokenHash(token.trim()), tokenHash(personalToken));

  /** A request that is in order; else what to answer it. */
  const check = (query: URLSearchParams): { asked: Asked } | { refused: ServiceResponse } => {
    const get = (name: string) => query.get(name) ?? "";
    const redirectUri = get("redirect_uri");
    const wrong = (message: string) => ({
      refused: page("This login cannot go on", `<p>${escapeHtml(message)}</p>`, 400),
    });
    if (get("client_id") !== settings.oidcClientId) return wrong(`The client ${get("client_id")} is not known here.`);
    if (!isOurRedirect(redirectUri, url)) return wrong("The address to go back to is not on your machine.");
    const back = (error: string, description: string) => ({
      refused: goBack(redirectUri, { error, error_description: description, state: get("state") }),
    });
    if (get("response_type") !== "code") return back("unsupported_response_type", "response_type is code");
    if (get("code_challenge_method") !== "S256" || !/^[\w-]{43}$/.test(get("code_challenge"))) {
      return back("invalid_request", "PKCE with S256 is needed");
    }
    const names = ["client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge"] as const;
    return { asked: Object.fromEntries(names.map((name) => [name, get(name)])) as Asked };
  };

  const goBack = (redirectUri: string, fields: Record<string, string>): ServiceResponse => {
    if (redirectUri === outOfBand || redirectUri === `${url}/oauth/show-code`) return showCode(fields);
    const target = new URL(redirectUri);
    for (const [name, value] of Object.entries({ ...fields, iss: url })) {
      if (value !== "") target.searchParams.set(name, value);
    }
    return { status: 303, headers: { Location: target.href, "Cache-Control": "no-store" } };
  };

  const authorizePage = (request: ServiceRequest, asked: Asked, wrong?: string) => {
    const isKnown = hasLoginCookie(keys, request.headers);
    const where =
      URL.canParse(asked.redirect_uri) && asked.redirect_uri.startsWith("http")
        ? new URL(asked.redirect_uri).host
        : "a code to copy";
    const text = `<p>A notebook wants to log in to this service as you (back to <code>${escapeHtml(where)}</code>). Go on only if you have just asked for it.</p>`;
    const form = consentForm("/oauth/authorize", { ...asked }, { isKnown, wrong });
    return page("Log in to your Fused service", text + form, wrong ? 403 : 200);
  };

  const devicePage = (request: ServiceRequest, code: string, wrong?: string) => {
    const isKnown = hasLoginCookie(keys, request.headers);
    const field = `<p>Is this the code that your notebook shows? Go on only if you have just asked for it.</p><p><code>${escapeHtml(code)}</code></p>`;
    const ask = `<form method="get"><label>The code that your notebook shows:<input name="user_code" autofocus required></label><button>Go on</button></form>`;
    const form = code === "" ? ask : field + consentForm("/oauth/device", { user_code: code }, { isKnown, wrong });
    return page(
      "Log a notebook in",
      code === "" && wrong ? `<p class="wrong">${escapeHtml(wrong)}</p>${form}` : form,
      wrong ? 403 : 200,
    );
  };

  /** The cookie to set where the owner has just shown the token; undefined: it is not them. */
  const owner = (request: ServiceRequest, token: string | undefined): Record<string, string> | undefined => {
    if (hasLoginCookie(keys, request.headers)) return {};
    return isOwner(token) ? { "Set-Cookie": loginCookie(keys, url) } : undefined;
  };

  const get = (path: string, handle: Route["handle"]): Route => ({ method: "GET", path, auth: "none", handle });
  const post = (path: string, handle: Route["handle"]): Route => ({ method: "POST", path, auth: "none", handle });

  return [
    get("/oauth/authorize", async (request) => {
      const checked = check(request.url.searchParams);
      return "refused" in checked ? checked.refused : authorizePage(request, checked.asked);
    }),
    post("/oauth/authorize", async (request) => {
      checkOwnOrigin(request, url);
      const fields = await formBody(request);
      const rest = { response_type: "code", code_challenge_method: "S256" };
      const checked = check(new URLSearchParams({ ...fields, ...rest }));
      if ("refused" in checked) return checked.refused;
      const { asked } = checked;
      const { redirect_uri: redirectUri, state } = asked;
      if (fields["decision"] !== "allow") {
        return goBack(redirectUri, { error: "access_denied", error_description: "The login was cancelled.", state });
      }
      const cookie = owner(request, fields["token"]);
      if (!cookie) {
        context.audit(undefined, "login", "authorize", "refused");
        return authorizePage(request, asked, "This is not the token of this service.");
      }
      const { client_id: clientId, scope, nonce, code_challenge: challenge } = asked;
      const details = { clientId, scope, nonce, challenge, redirectUri };
      const answer = goBack(redirectUri, { code: await newGrant(database, "code", codeSeconds, details), state });
      return { ...answer, headers: { ...answer.headers, ...cookie } };
    }),
    get("/oauth/show-code", async ({ url: address }) => showCode(Object.fromEntries(address.searchParams))),
    post("/oauth/device/code", async (request) => {
      const { client_id: clientId = "", scope = "openid offline_access" } = await formBody(request);
      if (clientId !== settings.oidcClientId) return { status: 401, body: { error: "invalid_client" } };
      if ((await pendingDevices(database)) >= mostDevices) {
        const headers = { "Retry-After": String(pollSeconds) };
        return {
          status: 429,
          headers,
          body: { error: "slow_down", error_description: "Too many logins are waiting." },
        };
      }
      const userCode = newUserCode();
      const details = { clientId, scope, userCode, decision: "pending" } as const;
      const deviceCode = await newGrant(database, "device", deviceSeconds, details);
      return {
        headers: { "Cache-Control": "no-store" },
        body: {
          device_code: deviceCode,
          user_code: userCode,
          verification_uri: `${url}/oauth/device`,
          verification_uri_complete: `${url}/oauth/device?user_code=${userCode}`,
          expires_in: deviceSeconds,
          interval: pollSeconds,
        },
      };
    }),
    get("/oauth/device", async (request) =>
      devicePage(request, cleanCode(request.url.searchParams.get("user_code") ?? "")),
    ),
    post("/oauth/device", async (request) => {
      checkOwnOrigin(request, url);
      const { user_code: given = "", decision, token } = await formBody(request);
      const userCode = cleanCode(given);
      const cookie = owner(request, token);
      if (!cookie) return devicePage(request, userCode, "This is not the token of this service.");
      const isAllowed = decision === "allow";
      if (!(await decide(database, userCode, isAllowed ? "allowed" : "denied"))) {
        return devicePage(request, "", "No notebook is waiting with this code: it may be mistyped, or over.");
      }
      const text = isAllowed
        ? "Your notebook is logged in. You can close this page."
        : "The notebook was not logged in.";
      return page(isAllowed ? "Logged in" : "Cancelled", `<p>${text}</p>`, 200, cookie);
    }),
    get("/oauth/login", async ({ url: address }) => {
      const link = address.searchParams.get("link") ?? "";
      const grant = await findGrant(database, "login-link", link);
      if (!grant || !(await useGrant(database, link))) {
        return page(
          "This link was used already",
          "<p>It works once, for 15 minutes. The service prints a new one when it starts.</p>",
          403,
        );
      }
      const cookie = { "Set-Cookie": loginCookie(keys, url) };
      return page(
        "This browser is known now",
        "<p>Notebooks that log in here need a click and no token.</p>",
        200,
        cookie,
      );
    }),
  ];
}

const linkSeconds = 900;

/** A link that makes the browser which opens it known, once. */
export async function loginLink({ database, settings, url }: ServiceContext): Promise<string> {
  const secret = await newGrant(database, "login-link", linkSeconds, { clientId: settings.oidcClientId, scope: "" });
  return `${url}/oauth/login?link=${secret}`;
}

/** Notes when a device asks. @returns true where it asks too often */
export async function asksTooOften(
  context: ServiceContext,
  secret: string,
  asked: number | undefined,
): Promise<boolean> {
  const now = Date.now();
  await changeDetails(context.database, secret, { asked: now });
  return asked !== undefined && now - asked < pollSeconds * 1000 * 0.9;
}

function showCode(fields: Record<string, string>): ServiceResponse {
  const { code, error_description: description, error } = fields;
  if (code === undefined)
    return page("Not logged in", `<p>${escapeHtml(description ?? error ?? "There is no code.")}</p>`, 400);
  return page(
    "Copy this code",
    `<p>Paste it into your notebook: it is good for two minutes.</p><p><code>${escapeHtml(code)}</code></p>`,
  );
}

/** A listener on the user's own machine (RFC 8252, 7.3: any port), or a page that shows the code. */
function isOurRedirect(text: string, url: string): boolean {
  if (text === outOfBand || text === `${url}/oauth/show-code`) return true;
  const target = URL.parse(text);
  if (!target || target.protocol !== "http:" || target.hash !== "" || target.username !== "") return false;
  // A UDF behind a shared token would read the code.
  if (target.port === new URL(url).port && url.startsWith("http:")) return false;
  return ["127.0.0.1", "localhost", "[::1]"].includes(target.hostname);
}

function newUserCode(): string {
  const random = crypto.getRandomValues(new Uint32Array(8));
  const letters = [...random].map((number) => userCodeLetters[number % userCodeLetters.length]).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

function cleanCode(text: string): string {
  const letters = text
    .toUpperCase()
    .replace(/[^A-Z]/g, "")
    .slice(0, 8);
  return letters.length === 8 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : "";
}
