/** What a log-in has to know of its provider. Plain data: it goes to the thread that does the work. */
export interface LoginSettings {
  /** Address of the OpenID provider, below which its configuration is found. */
  issuer: string;
  /** Addresses that stand in place of the provider's own. */
  authorizeUrl?: string;
  tokenUrl?: string;
  clientId: string;
  audience?: string;
  scopes: string[];
  /** A page of the provider that shows the code, for it to be copied; undefined where it has none. */
  pasteRedirectUri?: string;
  /** The service that the tokens are for. */
  baseUrl: string;
  connectTimeoutMs: number;
  readTimeoutMs: number;
}

/** How a browser's answer comes back. */
export type LoginFlow =
  /** To a listener of this machine, or by a code where the provider has that; whichever comes first. */
  | "auto"
  | "browser"
  /** The person copies what the browser ends up with. */
  | "paste"
  /** The person enters a code on a page of the provider. */
  | "device";

export const loginFlows = ["auto", "browser", "paste", "device"] as const satisfies LoginFlow[];
