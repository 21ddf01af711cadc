import type { Readable } from "node:stream";
import type { FrameOptions } from "./frame-context.ts";

/** Frame options as one line of text, for the host's stdin: they may be long, and are nobody else's business. */
export function packFrameOptions({ udfs, ...options }: FrameOptions): string {
  const frames = Object.entries(udfs ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]);
  return JSON.stringify({ ...options, udfs: Object.fromEntries(frames) });
}

/** The same back from the line. */
export function unpackFrameOptions(line: string): FrameOptions {
  const { udfs, ...options } = JSON.parse(line) as Omit<FrameOptions, "udfs"> & { udfs: Record<string, string> };
  const frames = Object.entries(udfs).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, "base64"))]);
  return { ...options, udfs: Object.fromEntries(frames) };
}

/** A stream's first line; the stream stays open. */
export async function firstLine(stream: Readable): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  return new Promise((resolve, reject) => {
    const take = (chunk: string) => {
      text += chunk;
      if (!text.includes("\n")) return;
      stream.off("data", take);
      resolve(text.slice(0, text.indexOf("\n")));
    };
    stream.on("data", take);
    stream.once("end", () => reject(new Error("The stream ended before its first line did.")));
  });
}
