// oxlint-disable no-control-regex -- control characters are what this file is about.
import { escapeHtml } from "../fused/html-text.ts";

interface Style {
  color?: string;
  background?: string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  inverse?: boolean;
}

/**
 * Terminal text as HTML, line by line: colours and weights (SGR, ECMA-48 8.3.117, with the 256 and RGB colours of
 * xterm)
 * become spans, each line closed in itself; other control sequences go; a carriage return starts its line anew.
 */
export function ansiLines(text: string): string[] {
  let style: Style = {};
  return text.split(/\r?\n/).map((line) => {
    const spans: string[] = [];
    // A progress bar rewrites its line: what stands behind the last return is what a terminal shows in the end.
    const parts = line.split("\r");
    const shown = parts.findLastIndex((part) => part !== "");
    parts.forEach((part, i) => {
      let at = 0;
      const put = (end: number) => {
        if (i === shown && end > at) spans.push(span(backspaced(part.slice(at, end)), style));
      };
      for (const match of part.matchAll(
        /\x1b\[([\d;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[\d;?]*[ -/]*[@-~]|\x1b./g,
      )) {
        put(match.index);
        at = match.index + match[0].length;
        if (match[1] !== undefined) style = applied(style, match[1]);
      }
      put(part.length);
    });
    return spans.join("");
  });
}

function backspaced(text: string): string {
  let before: string;
  do {
    before = text;
    text = text.replace(/[^\b]\x08/, "");
  } while (text !== before);
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "");
}

function applied(style: Style, codes: string): Style {
  const numbers = codes.split(/[;:]/).map(Number);
  let next = { ...style };
  for (let i = 0; i < numbers.length; i += 1) {
    const code = numbers[i]!;
    if (code === 0) next = {};
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 7) next.inverse = true;
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 27) next.inverse = false;
    else if (code >= 30 && code <= 37) next.color = named(code - 30);
    else if (code === 39) delete next.color;
    else if (code >= 40 && code <= 47) next.background = named(code - 40);
    else if (code === 49) delete next.background;
    else if (code >= 90 && code <= 97) next.color = named(code - 82);
    else if (code >= 100 && code <= 107) next.background = named(code - 92);
    else if (code === 38 || code === 48) {
      const [color, used] = extended(numbers.slice(i + 1));
      if (code === 38) next.color = color;
      else next.background = color;
      i += used;
    }
  }
  return next;
}

/** One of the 16 colours that the page's theme defines. */
function named(index: number): string {
  return `var(--ansi-${index})`;
}

function extended([mode, a = 0, b = 0, c = 0]: number[]): [color: string | undefined, used: number] {
  if (mode === 2) return [`rgb(${a},${b},${c})`, 4];
  if (mode !== 5) return [undefined, 0];
  if (a < 16) return [named(a), 2];
  if (a >= 232)
    return [
      `rgb(${Array(3)
        .fill(8 + (a - 232) * 10)
        .join(",")})`,
      2,
    ];
  const level = (n: number) => (n === 0 ? 0 : 55 + n * 40);
  const cube = a - 16;
  return [`rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`, 2];
}

function span(text: string, style: Style): string {
  const { color, background } = style.inverse
    ? { color: style.background ?? "var(--page)", background: style.color ?? "var(--text)" }
    : style;
  const css = [
    color && `color:${color}`,
    background && `background:${background}`,
    style.bold && "font-weight:700",
    style.dim && "opacity:.65",
    style.italic && "font-style:italic",
    style.underline && "text-decoration:underline",
  ].filter(Boolean);
  return css.length > 0 ? `<span style="${css.join(";")}">${escapeHtml(text)}</span>` : escapeHtml(text);
}
