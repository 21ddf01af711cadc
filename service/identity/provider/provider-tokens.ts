import { randomUUID } from "node:crypto";
import type { ServiceContext } from "../../context.ts";
import type { Caller } from "../caller.ts";
import { unauthorized } from "../unauthorized.ts";
import { userWithId } from "../users.ts";
import { isRevoked, newGrant, type GrantDetails } from "./grants.ts";
import type { SigningKey } from "./signing-key.ts";

const accessSeconds = 3600;
const refreshSeconds = 90 * 86_400;

type Context = Pick<ServiceContext, "database" | "settings" | "url">;

/** The tokens of a login, as a token endpoint answers (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3). */
export async function issueTokens(
  { database, settings, url }: Context,
  key: SigningKey,
  user: Caller,
  details: GrantDetails,
  family: string,
): Promise<object> {
  const { SignJWT } = await import("jose");
  const { clientId, scope, nonce } = details;
  const about = { email: user.email, preferred_username: user.handle };
  const sign = (claims: Record<string, unknown>, typ: string) =>
    new SignJWT({ ...claims, ...about })
      .setProtectedHeader({ alg: "ES256", kid: key.kid, typ })
      .setIssuer(url)
      .setSubject(user.userId)
      .setIssuedAt()
      .setExpirationTime(`${accessSeconds}s`)
      .sign(key.privateKey);
  const scopes = scope.split(" ");
  const refresh = { clientId, scope };
  const audience = settings.oidcAudience;
  return {
    token_type: "Bearer",
    expires_in: accessSeconds,
    scope,
    access_token: await sign({ aud: audience, client_id: clientId, scope, family, jti: randomUUID() }, "at+jwt"),
    ...(scopes.includes("openid") && { id_token: await sign({ aud: clientId, ...(nonce && { nonce }) }, "JWT") }),
    ...(scopes.includes("offline_access") && {
      refresh_token: await newGrant(database, "refresh", refreshSeconds, refresh, family),
    }),
  };
}

/** Who an access token of the own provider stands for. @throws HttpError 401 */
export async function callerOfOwnToken(
  { database, settings, url }: Context,
  key: SigningKey,
  token: string,
): Promise<Caller> {
  const { jwtVerify, errors } = await import("jose");
  const rules = {
    issuer: url,
    audience: settings.oidcAudience,
    algorithms: ["ES256"],
    typ: "at+jwt",
    requiredClaims: ["exp", "sub", "family"],
  };
  const { payload } = await jwtVerify(token, key.publicKey, rules).catch((error: unknown) => {
    const isOver = error instanceof errors.JWTExpired;
    throw unauthorized(
      isOver ? "This token has expired. Log in again." : "This is no token of this service. Log in again.",
    );
  });
  if (await isRevoked(database, String(payload["family"]))) throw unauthorized("This login was ended. Log in again.");
  const user = await userWithId(database, payload.sub!);
  if (!user) throw unauthorized("The user of this token is not there any more.");
  return user;
}
