import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

const signatureLength = 64;

/** The payload of a signed frame: an Ed25519 signature over the frame's header and body, then the body. */
export type SignedPayload = [signature: Uint8Array, body: Uint8Array];

/**
 * An Ed25519 key, from PEM text or the path of a PEM file.
 * @throws Error for a file that cannot be read, and for what is no Ed25519 key of that kind
 */
export function readKey(kind: "private" | "public", textOrPath: string): KeyObject {
  const isPem = textOrPath.includes("-----BEGIN");
  const place = isPem ? "the text given" : textOrPath;
  let key: KeyObject;
  try {
    const pem = isPem ? textOrPath : readFileSync(textOrPath, "utf8");
    key = kind === "private" ? createPrivateKey(pem) : createPublicKey(pem);
  } catch (error) {
    throw new Error(`There is no ${kind} key for frames in ${place}: ${(error as Error).message}.`);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new Error(
    `The ${kind} key for frames in ${place} is of type ${key.asymmetricKeyType}; frames are signed with Ed25519.`,
  );
}

export function signBody(header: Uint8Array, body: Uint8Array, privateKey: KeyObject): SignedPayload {
  return [new Uint8Array(sign(null, Buffer.concat([header, body]), privateKey)), body];
}

export function isSignedPayload(payload: unknown): payload is SignedPayload {
  return Array.isArray(payload) && payload.length === 2 && payload.every((part) => part instanceof Uint8Array);
}

export function isGenuine(header: Uint8Array, [signature, body]: SignedPayload, publicKey: KeyObject): boolean {
  return signature.length === signatureLength && verify(null, Buffer.concat([header, body]), publicKey, signature);
}
