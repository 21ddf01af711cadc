const side = 256;
const lineCharacters = 38;
const lines = 13;

/** A picture with nothing on it: one transparent pixel, which maps stretch. */
export function emptyPicture(): Uint8Array {
  return Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
  );
}

/** A tile that tells an error where it happened: PNG, 256 × 256. */
export async function errorTile(message: string): Promise<Uint8Array> {
  const { createCanvas } = await import("@napi-rs/canvas");
  const canvas = createCanvas(side, side);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "rgba(176, 32, 32, 0.12)";
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = "rgba(176, 32, 32, 0.7)";
  pen.strokeRect(0.5, 0.5, side - 1, side - 1);
  pen.fillStyle = "#801818";
  pen.font = "11px sans-serif";
  const words = message.match(new RegExp(`.{1,${lineCharacters}}(\\s|$)|\\S{1,${lineCharacters}}`, "gu")) ?? [];
  words.slice(0, lines).forEach((line, i) => pen.fillText(line.trim(), 8, 20 + i * 18));
  return canvas.encode("png");
}
