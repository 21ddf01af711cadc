import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";

/** The part of an OpenID provider that a service needs: its discovery document, its keys, and tokens signed with them. */
export interface TestIssuer {
  url: string;
  /** An access token; claims that are not given are those of a good one. */
  token(claims: JWTPayload & { email?: string; team?: string }, signing?: SigningOptions): Promise<string>;
  /** How often the keys were fetched. */
  keyRequests(): number;
  close(): Promise<void>;
}

export interface SigningOptions {
  /** Seconds from now; negative: it has expired. Default 3600. */
  expiresIn?: number;
  audience?: string;
  issuer?: string;
  /** Signed by a key that the issuer does not publish. */
  foreignKey?: boolean;
}

export async function startIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const foreign = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "test", alg: "ES256", use: "sig" };
  let keyRequests = 0;
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    if (request.url === "/jwks") keyRequests++;
    const document = { issuer: url, jwks_uri: `${url}/jwks`, token_endpoint: `${url}/token` };
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [jwk] } : document));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    keyRequests: () => keyRequests,
    token(claims, { expiresIn = 3600, audience = "fused-service", issuer = url, foreignKey = false } = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuer, aud: audience, iat: now, exp: now + expiresIn, ...claims })
        .setProtectedHeader({ alg: "ES256", kid: "test", typ: "at+jwt" })
        .sign(foreignKey ? foreign.privateKey : privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
