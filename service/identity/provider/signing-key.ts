import { createECDH, hkdfSync } from "node:crypto";
import type { CryptoKey, JWK } from "jose";
import type { Keys } from "../../keys.ts";

/** The key that the service's own provider signs with, the same on every replica that has the same master key. */
export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  /** Of the public half, as clients fetch it. */
  jwk: JWK;
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ES256. The private scalar comes out of the master key with 64 bits to spare (FIPS 186-5, A.2.1). */
export async function signingKey(keys: Keys): Promise<SigningKey> {
  const { calculateJwkThumbprint, importJWK } = await import("jose");
  const wide = Buffer.from(hkdfSync("sha256", keys.derive("provider-signing"), "", "p-256", 40));
  const scalar = (BigInt(`0x${wide.toString("hex")}`) % (order - 1n)) + 1n;
  const secret = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const part = (from: number) => point.subarray(from, from + 32).toString("base64url");
  const shape = { kty: "EC", crv: "P-256", x: part(1), y: part(33) };
  const kid = await calculateJwkThumbprint(shape);
  return {
    kid,
    privateKey: (await importJWK({ ...shape, d: secret.toString("base64url") }, "ES256")) as CryptoKey,
    publicKey: (await importJWK(shape, "ES256")) as CryptoKey,
    jwk: { ...shape, kid, alg: "ES256", use: "sig" },
  };
}
