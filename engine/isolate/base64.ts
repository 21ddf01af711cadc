const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-btoa */
export function btoa(value: unknown): string {
  const text = String(value);
  let out = "";
  for (let i = 0; i < text.length; i += 3) {
    const [a, b, c] = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)];
    if (a > 255 || b > 255 || c > 255) throw new RangeError("btoa takes text of characters up to U+00FF only.");
    const bits = (a << 16) | ((b || 0) << 8) | (c || 0);
    out += alphabet[bits >> 18]! + alphabet[(bits >> 12) & 63]!;
    out += i + 1 < text.length ? alphabet[(bits >> 6) & 63]! : "=";
    out += i + 2 < text.length ? alphabet[bits & 63]! : "=";
  }
  return out;
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-atob */
export function atob(value: unknown): string {
  const text = String(value).replace(/[\t\n\f\r ]/g, "");
  const bare = text.length % 4 === 0 ? text.replace(/==?$/, "") : text;
  if (bare.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(bare)) throw new RangeError("atob takes base64 text only.");
  let out = "";
  let bits = 0;
  let held = 0;
  for (const letter of bare) {
    bits = ((bits << 6) | alphabet.indexOf(letter)) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += String.fromCharCode((bits >> held) & 255);
    }
  }
  return out;
}
