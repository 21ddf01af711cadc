import { accessToken, authScheme } from "../credentials/access-token.ts";
import { authToken, logout, whoami } from "./account.ts";

/** `fused.api`: what the service has beside runs. */
export const api = { whoami: () => whoami(), authToken: () => authToken(), accessToken, authScheme, logout };
