import { logout as endLogin } from "../credentials/access-token.ts";
import { keepSecret } from "../known-secrets.ts";
import { currentService, sendForJson, type ServiceAddress } from "./service.ts";

/** Who somebody is, for the service. */
export interface User {
  id: string;
  email: string;
  handle: string;
  team: { id: string; name: string };
  /** Client of the realtime service that this user's runs go through. */
  client_id?: string;
}

/** Who is logged in. @throws AuthError where nobody is */
export function whoami(service: ServiceAddress = currentService()): Promise<User> {
  return sendForJson<User>(service, { method: "GET", path: "/user/self" });
}

/**
 * The token of the team's environment, which is not the one of the log-in. Outputs do not show it.
 * @throws AuthError where nobody is logged in
 */
export async function authToken(service: ServiceAddress = currentService()): Promise<string> {
  const { token } = await sendForJson<{ token: string }>(service, {
    method: "GET",
    path: "/user/self/environment-token",
  });
  keepSecret(token);
  return token;
}

/** Programs that have the environment's token are let in no more; `authToken` gives another. @returns whether there was one */
export async function withdrawAuthToken(service: ServiceAddress = currentService()): Promise<boolean> {
  const path = "/user/self/environment-token";
  return (await sendForJson<{ withdrawn: boolean }>(service, { method: "DELETE", path })).withdrawn;
}

/** Ends the log-in; harmless where nobody is logged in. @returns whether somebody was */
export async function logout(): Promise<boolean> {
  forgetClientId();
  return endLogin();
}

const clientIds = new Map<string, Promise<string | undefined>>();

/** The client that runs go through, as the service says; asked once an address. */
export function clientIdOf(service: ServiceAddress): Promise<string | undefined> {
  let known = clientIds.get(service.baseUrl);
  if (!known) {
    known = whoami(service).then(({ client_id }) => client_id);
    known.catch(() => clientIds.delete(service.baseUrl));
    clientIds.set(service.baseUrl, known);
  }
  return known;
}

export function forgetClientId(): void {
  clientIds.clear();
}
