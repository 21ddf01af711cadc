import { keepSecret } from "../known-secrets.ts";
import { sendForJson, type ServiceAddress } from "./service.ts";

/** Whose secrets: those of the team, or of the user alone. */
export type SecretScope = "user" | "team";

const pathOf = (scope: SecretScope, name?: string) =>
  `/secrets/self/${scope}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;

/** Secrets that the service keeps for UDFs that run there. Outputs do not show their values. */
export function secretsOf(service: ServiceAddress) {
  return {
    /** Names of the secrets there are. */
    list: (scope: SecretScope = "team") => sendForJson<string[]>(service, { method: "GET", path: pathOf(scope) }),
    /** @throws NotFoundError */
    async get(name: string, scope: SecretScope = "team"): Promise<string> {
      const { value } = await sendForJson<{ value: string }>(service, { method: "GET", path: pathOf(scope, name) });
      keepSecret(value);
      return value;
    },
    async set(name: string, value: string, scope: SecretScope = "team"): Promise<void> {
      keepSecret(value);
      await sendForJson(service, { method: "PUT", path: pathOf(scope, name), body: { value } });
    },
    async delete(name: string, scope: SecretScope = "team"): Promise<void> {
      await sendForJson(service, { method: "DELETE", path: pathOf(scope, name) });
    },
  };
}
