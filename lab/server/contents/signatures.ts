import { createHmac } from "node:crypto";
import { appendFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { keyFile } from "../state-folder.ts";
import { writeAtomic } from "../write-atomic.ts";

/** Signatures that are kept: the latest. A notebook whose signature is gone has to be trusted again. */
const mostSignatures = 20_000;

/**
 * Which notebooks this user trusts: signatures of the bytes of their files, under a key that only this user has. A file
 * that has come from elsewhere, or that another program has changed, has none.
 */
export class Signatures {
  readonly #key: Buffer;
  readonly #path: string;
  readonly #most: number;
  #known = new Set<string>();
  #readAt = "";

  constructor(stateFolder: string, most = mostSignatures) {
    this.#key = keyFile(stateFolder, "notebook-key");
    this.#path = join(stateFolder, "signatures");
    this.#most = most;
  }

  async has(content: Uint8Array): Promise<boolean> {
    await this.#read();
    return this.#known.has(this.#sign(content));
  }

  async add(content: Uint8Array): Promise<void> {
    await this.#read();
    const signature = this.#sign(content);
    if (this.#known.has(signature)) return;
    this.#known.add(signature);
    if (this.#known.size > this.#most) {
      this.#known = new Set([...this.#known].slice(-Math.floor(this.#most / 2)));
      await writeAtomic(this.#path, [...this.#known, ""].join("\n"), 0o600);
    } else {
      await appendFile(this.#path, `${signature}\n`, { mode: 0o600 });
    }
    this.#readAt = await this.#version();
  }

  /** Another lab of this user may have added to the file. */
  async #read(): Promise<void> {
    const version = await this.#version();
    if (version === this.#readAt) return;
    const text = await readFile(this.#path, "utf8").catch(() => "");
    this.#known = new Set(text.split("\n").filter(Boolean));
    this.#readAt = version;
  }

  async #version(): Promise<string> {
    const found = await stat(this.#path, { bigint: true }).catch(() => undefined);
    return found ? `${found.ino}:${found.size}:${found.mtimeNs}` : "none";
  }

  #sign(content: Uint8Array): string {
    return createHmac("sha256", this.#key).update(content).digest("base64url");
  }
}
