import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Keys } from "../keys.ts";

const cipher = "aes-256-gcm";
const idBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const purpose = "seal";

/** What was sealed cannot be opened: under another key, for another place, or changed. */
export class SealError extends Error {
  override name = "SealError";
}

/**
 * Encrypts a text for the place in the database that it is kept at (AES-256-GCM): id of the key, nonce, tag, ciphertext.
 * @param place names row and column; bytes that are copied to another place do not open there
 */
export function seal(keys: Keys, place: string, text: string): Buffer {
  const key = keys.derive(purpose);
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
  return Buffer.concat([keyId(key), nonce, sealing.getAuthTag(), body]);
}

/**
 * The text that was sealed. Keys that the service had before are tried by their id (`Keys.previous`).
 * @throws SealError
 */
export function openSealed(keys: Keys, place: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed);
  const id = bytes.subarray(0, idBytes);
  const key = [keys.derive(purpose), ...(keys.previous?.map((each) => each.derive(purpose)) ?? [])].find((each) =>
    keyId(each).equals(id),
  );
  if (!key)
    throw new SealError(
      `This was encrypted with another key (${id.toString("hex")}). Start the service with that key.`,
    );
  const tagAt = idBytes + nonceBytes;
  const opening = createDecipheriv(cipher, key, bytes.subarray(idBytes, tagAt), { authTagLength: tagBytes });
  opening.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(tagAt, tagAt + tagBytes));
  try {
    const body = bytes.subarray(tagAt + tagBytes);
    return Buffer.concat([opening.update(body), opening.final()]).toString("utf8");
  } catch {
    throw new SealError("What is kept here was changed, or belongs elsewhere.");
  }
}

/** Tells keys apart without telling anything of them. */
function keyId(key: Buffer): Buffer {
  return createHash("sha256").update("fused key id").update(key).digest().subarray(0, idBytes);
}
