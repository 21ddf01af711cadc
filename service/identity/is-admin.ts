import type { ServiceSettings } from "../settings.ts";
import type { Caller } from "./caller.ts";

/** Whether somebody looks after their team: named with `--admin`; in single-user mode its one user. */
export function isAdmin(
  { oidcIssuer, admins }: Pick<ServiceSettings, "oidcIssuer" | "admins">,
  { email }: Caller,
): boolean {
  return oidcIssuer === undefined || admins.includes(email);
}
