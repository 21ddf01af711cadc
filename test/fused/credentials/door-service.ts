import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { audience, type TestProvider } from "../../fixtures/oidc-provider.ts";

/** The part of a service that a log-in needs: what it says of itself, and whom it lets in. */
export interface DoorService {
  /** Its `baseUrl`. */
  url: string;
  /** Authorization headers that came, oldest first. */
  seen: string[];
  /** Tokens that it does not take although they are good. */
  refused: Set<string>;
  close(): Promise<void>;
}

export async function openDoor(provider: Pick<TestProvider, "issuer" | "clientId">): Promise<DoorService> {
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  const seen: string[] = [];
  const refused = new Set<string>();
  const server = createServer((request, response) => {
    const say = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.url === "/server/v1/.well-known/fused") {
      const scopes = ["openid", "email", "offline_access"];
      return say(200, { auth: { issuer: provider.issuer, client_id: provider.clientId, audience, scopes } });
    }
    const header = request.headers.authorization ?? "";
    seen.push(header);
    const token = header.replace(/^Bearer /, "");
    const error = { type: "AuthError", message: "This token is not taken." };
    if (refused.has(token)) return say(401, { error });
    jwtVerify(token, keys, { issuer: provider.issuer, audience }).then(
      ({ payload }) =>
        say(200, {
          id: payload.sub,
          email: payload["email"],
          handle: payload.sub,
          team: { id: "t", name: "analysts" },
        }),
      () => say(401, { error }),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/server/v1`,
    seen,
    refused,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
