import type { Credentials } from "./credentials-file.ts";
import { writeCredentials } from "./credentials-file.ts";
import type { LoginFlow, LoginSettings } from "./login-settings.ts";
import { listenForAnswer, callbackPath, type CallbackAnswer, type LoopbackListener } from "./loopback-listener.ts";
import { credentialsFrom, explain, LoginError, openProvider, type Provider } from "./provider.ts";

/** What a person can do to log in. */
export interface LoginAsked {
  /** Page to open; absent where only a code is asked for. */
  url?: string;
  /** Page to open on any machine, and the code to enter there; `completeUrl` has it already. */
  device?: { url: string; completeUrl?: string; code: string };
  /** The browser's answer comes by itself, if it runs on this machine. */
  listens: boolean;
  /** The last page shows the code to copy; elsewhere its address is what is copied. */
  showsCode?: boolean;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface LoginOutcome {
  credentials: Credentials;
  /** Why they are not in the file, where they are not: they are good for this process only. */
  notSaved?: string;
}

export interface LoginTask {
  settings: LoginSettings;
  flow: LoginFlow;
  timeoutMs: number;
  /** Where the log-in is kept; undefined: nowhere (the option saveUserSettings is off). */
  path: string | undefined;
  onAsked(asked: LoginAsked): void;
}

/** A log-in under way. */
export interface Login {
  /** @throws LoginError: denied, expired, cancelled, or the provider failed */
  outcome: Promise<LoginOutcome>;
  /** Takes what the browser ended up with: the whole address, or the code in it. @throws LoginError; the log-in then goes on */
  finalize(text: string): Promise<void>;
  cancel(): void;
}

/** Logs a person in: asks the provider for an address, waits for what comes back, exchanges it for tokens, and keeps them. */
export function startLogin(task: LoginTask): Login {
  const { promise: credentials, resolve, reject } = Promise.withResolvers<Credentials>();
  const ended = new AbortController();
  let listener: LoopbackListener | undefined;
  let exchange: ((url: URL) => Promise<void>) | undefined;
  const expiresAt = Date.now() + task.timeoutMs;
  const minutes = Math.round(task.timeoutMs / 60_000);
  const late = setTimeout(() => {
    const within = minutes > 0 ? `${minutes} min` : `${Math.round(task.timeoutMs / 1000)} s`;
    reject(new LoginError(`Nobody logged in within ${within}: start again.`, "expired"));
  }, task.timeoutMs);

  const begin = async (): Promise<void> => {
    const { settings, flow } = task;
    const provider = await openProvider(settings);
    if (ended.signal.aborted) return;
    if (flow === "device" && !provider.hasDeviceGrant) {
      throw new LoginError(
        `${settings.issuer} has no log-in by code (device grant): use %login or %login --paste.`,
        "provider",
      );
    }
    const asked: LoginAsked = { listens: false, expiresAt };
    if (flow !== "device") {
      const opened = await openCodeFlow(provider, task, ended.signal);
      exchange = async (url) => resolve(await opened.exchange(url));
      if (flow !== "paste") {
        listener = await listenForAnswer((url) => opened.onCallback(url, resolve, reject));
        if (ended.signal.aborted) listener.close();
        asked.listens = true;
      }
      const pasted = settings.pasteRedirectUri ?? `http://127.0.0.1:3000${callbackPath}`;
      asked.url = opened.addressFor(listener?.redirectUri ?? pasted);
      asked.showsCode = listener === undefined && settings.pasteRedirectUri !== undefined;
    }
    if (flow === "device" || (flow === "auto" && provider.hasDeviceGrant)) {
      const device = await startDeviceFlow(provider, task, ended.signal).catch((error: LoginError) => {
        if (flow === "device") throw error;
        return undefined;
      });
      if (device) {
        asked.device = device.shown;
        device.credentials.then(resolve, (error: LoginError) => {
          // The other way is still open, unless the person has said no.
          if (flow === "device" || error.reason === "denied") reject(error);
        });
      }
    }
    task.onAsked(asked);
  };
  begin().catch(reject);

  const outcome = credentials
    .then((made) => ({ credentials: made, ...keep(made, task.path) }))
    .finally(() => {
      clearTimeout(late);
      ended.abort();
      // The browser still gets its page.
      setTimeout(() => listener?.close(), 200).unref();
    });
  outcome.catch(() => {});
  return {
    outcome,
    async finalize(text) {
      if (!exchange) throw new LoginError("There is no page open yet that a code could come from.", "provider");
      await exchange(answerAddress(text));
    },
    cancel: () => reject(new LoginError("The log-in was cancelled.", "cancelled")),
  };
}

function keep(credentials: Credentials, path: string | undefined): { notSaved?: string } {
  if (path === undefined) return { notSaved: "the option saveUserSettings is off" };
  try {
    writeCredentials(credentials, path);
    return {};
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { notSaved: `${path} cannot be written${code ? ` (${code})` : ""}` };
  }
}

/** The authorization code flow with PKCE (RFC 7636, S256). */
async function openCodeFlow({ client, configuration }: Provider, { settings }: LoginTask, signal: AbortSignal) {
  const verifier = client.randomPKCECodeVerifier();
  const challenge = await client.calculatePKCECodeChallenge(verifier);
  const state = client.randomState();
  let redirectUri = "";
  let isTaken = false;
  const exchange = async (answer: URL): Promise<Credentials> => {
    const url = new URL(redirectUri);
    url.search = answer.search;
    // A code by itself: it was copied from the answer to this request, which PKCE then proves.
    if (!url.searchParams.has("state")) url.searchParams.set("state", state);
    const { issuer, authorization_response_iss_parameter_supported: namesIssuer } = configuration.serverMetadata();
    if (namesIssuer && !url.searchParams.has("iss")) url.searchParams.set("iss", issuer);
    if (url.searchParams.get("state") !== state) {
      throw new LoginError(
        "This answer belongs to another log-in (its state is not this one's): open the link again.",
        "provider",
      );
    }
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
      });
      return credentialsFrom(tokens, settings);
    } catch (error) {
      throw refused(error, settings);
    }
  };
  return {
    exchange,
    addressFor(uri: string): string {
      redirectUri = uri;
      const { audience, scopes } = settings;
      return client.buildAuthorizationUrl(configuration, {
        redirect_uri: uri,
        scope: scopes.join(" "),
        code_challenge: challenge,
        code_challenge_method: "S256",
        state,
        ...(audience !== undefined && { audience }),
        // A refresh token is given with consent only (OpenID Connect Core, section 11).
        ...(scopes.includes("offline_access") && { prompt: "consent" }),
      }).href;
    },
    async onCallback(
      url: URL,
      done: (credentials: Credentials) => void,
      fail: (error: LoginError) => void,
    ): Promise<CallbackAnswer> {
      if (url.searchParams.get("state") !== state) {
        // Not the end of it: anybody could come by with such an answer.
        return {
          status: 400,
          title: "Not logged in",
          text: "This answer belongs to another log-in. Open the notebook's link again.",
        };
      }
      if (isTaken || signal.aborted) {
        return {
          status: 409,
          title: "Already answered",
          text: "This log-in has had its answer. You can close this page.",
        };
      }
      isTaken = true;
      try {
        done(await exchange(url));
        return { status: 200, title: "Logged in", text: "The notebook goes on. You can close this page." };
      } catch (error) {
        fail(error as LoginError);
        return { status: 400, title: "Not logged in", text: (error as Error).message };
      }
    },
  };
}

/** The device grant (RFC 8628): the person enters a code on a page, on whatever machine. */
async function startDeviceFlow({ client, configuration }: Provider, { settings }: LoginTask, signal: AbortSignal) {
  const { audience, scopes } = settings;
  try {
    const answer = await client.initiateDeviceAuthorization(configuration, {
      scope: scopes.join(" "),
      ...(audience !== undefined && { audience }),
    });
    const credentials = client
      .pollDeviceAuthorizationGrant(configuration, answer, undefined, { signal })
      .then((tokens) => credentialsFrom(tokens, settings))
      .catch((error: unknown) => {
        throw refused(error, settings);
      });
    credentials.catch(() => {});
    const { verification_uri: url, verification_uri_complete: completeUrl, user_code: code } = answer;
    return { credentials, shown: { url, code, ...(completeUrl !== undefined && { completeUrl }) } };
  } catch (error) {
    throw refused(error, settings);
  }
}

function refused(error: unknown, { issuer }: LoginSettings): LoginError {
  if (error instanceof LoginError) return error;
  const { error: code } = error as { error?: string };
  if (code === "access_denied") return new LoginError("The log-in was denied on the provider's page.", "denied");
  if (code === "expired_token") return new LoginError("The code has expired: start again.", "expired");
  return new LoginError(`${issuer} did not give a log-in: ${explain(error)}. Start again.`, "provider");
}

/** What a person has pasted, as an address with the answer's query. @throws LoginError */
function answerAddress(text: string): URL {
  const pasted = text.trim();
  const query = /[?&](code|error)=/.test(pasted)
    ? pasted.slice(pasted.indexOf("?") + 1)
    : `code=${encodeURIComponent(pasted)}`;
  if (pasted === "" || /\s/.test(pasted)) {
    throw new LoginError(
      "Paste the whole address that the browser shows after the log-in, or the code in it.",
      "provider",
    );
  }
  return new URL(`http://127.0.0.1/?${query.replace(/#.*$/, "")}`);
}
