import { bytesOf } from "../../front/buffers.ts";
import type { Transport } from "../../front/transport.ts";

const media: Record<string, string> = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
};

/**
 * Puts the parts of files together that the kernel sends, and saves them.
 * @returns ends it
 */
export function saveDownloads(transport: Transport, title: string, tell: (text: string) => void): () => void {
  const gathered = new Map<string, Uint8Array<ArrayBuffer>[]>();
  return transport.onMessage((kind, fields, buffers) => {
    if (kind !== "download.part") return;
    const { req, part, parts, rowCount, format } = fields as {
      req: string;
      part: number;
      parts: number;
      rowCount: number;
      format: string;
    };
    const all = gathered.get(req) ?? [];
    gathered.set(req, all);
    all[part] = bytesOf(buffers[0]!).slice();
    if (Object.keys(all).length < parts) return;
    gathered.delete(req);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(all, { type: media[format] }));
    link.download = `${title.replace(/[^\p{L}\p{N}._ -]+/gu, "-").slice(0, 60)}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    tell(`${rowCount.toLocaleString("en-US")} rows saved as ${link.download}`);
  });
}
