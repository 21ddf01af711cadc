import { open, readFile } from "node:fs/promises";
import { fetchForUdf } from "../../../engine/host-fetch.ts";
import type { NetworkPermission } from "../../../engine/run-types.ts";

/** Longest time for one answer, milliseconds. */
const patience = 20_000;

export function isWebAddress(address: string): boolean {
  return /^https?:\/\//i.test(address);
}

/**
 * Bytes from an address or a file; private and loopback hosts are refused unless they are allowed.
 * @param range first byte and how many; the rest of an answer that has more is cut off
 * @returns undefined where there is nothing (404, 204)
 * @throws Error saying which host and why
 */
export async function readBytes(
  address: string,
  {
    network = {},
    signal,
    range,
  }: { network?: NetworkPermission; signal?: AbortSignal; range?: [offset: number, length: number] } = {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!isWebAddress(address)) return readPart(address, range);
  const headers: [string, string][] = range ? [["range", `bytes=${range[0]}-${range[0] + range[1] - 1}`]] : [];
  const late = AbortSignal.timeout(patience);
  const request = { url: address, method: "GET", headers, redirect: "follow" as const };
  const answer = await fetchForUdf(request, undefined, network, signal ? AbortSignal.any([signal, late]) : late).catch(
    (error: Error) => {
      throw new Error(
        late.aborted ? `${new URL(address).host} did not answer within ${patience / 1000} s.` : forMap(error, address),
      );
    },
  );
  if (answer.status === 404 || answer.status === 204) return undefined;
  if (answer.status >= 400) throw new Error(`${new URL(address).host} answered ${answer.status} ${answer.statusText}.`);
  const bytes = new Uint8Array(answer.body);
  // A server without ranges sends the whole.
  return range && answer.status === 200 ? bytes.slice(range[0], range[0] + range[1]) : bytes;
}

/** The engine speaks of UDFs; here a map asks, and a note on it is short. */
function forMap({ name, message }: Error, address: string): string {
  const { host } = new URL(address);
  if (!/Permission|NotGranted/.test(name))
    return message.replace(/^fetch\(".*?"\) failed/, `${host} cannot be reached`);
  if (/network\.hosts/.test(message)) return `${host} is not among the hosts of the option network`;
  return `${host} is no public host: allow it with the option network: { allowPrivate: ["${host}"] }`;
}

async function readPart(path: string, range?: [number, number]): Promise<Uint8Array<ArrayBuffer>> {
  if (!range) return new Uint8Array(await readFile(path));
  const file = await open(path);
  try {
    const [offset, length] = range;
    const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
