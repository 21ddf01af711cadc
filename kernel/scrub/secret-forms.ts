/** A text that must not be shown, by its beginning: where that stands, it and all that goes on as a form does is taken out. */
export interface SecretForms {
  /** Forms by the beginning that is looked for. */
  byNeedle: Map<string, string[]>;
  /** Any of the beginnings; made when it is first asked for. */
  pattern?: RegExp;
}

/** Shorter texts would be found everywhere. */
const shortestSecret = 6;
/** So much of a secret is enough to know it by; what is cut off behind that (a cell of a table) is found as well. */
const needleLength = 24;
/** Forms are compared up to here, characters. */
const longestForm = 16_384;
/** Lines of a secret of several, a private key say, count by themselves from this length on. */
const shortestLine = 16;

export function addSecret(forms: SecretForms, value: string): void {
  if (value.length < shortestSecret) return;
  for (const form of new Set(formsOf(value))) {
    if (form.length < shortestSecret) continue;
    const needle = form.slice(0, needleLength);
    const known = forms.byNeedle.get(needle) ?? [];
    const cut = form.slice(0, longestForm);
    forms.pattern = undefined;
    if (!known.includes(cut)) forms.byNeedle.set(needle, [...known, cut]);
  }
  const lines = value.split(/\r?\n/).filter((line) => line.length >= shortestLine);
  if (lines.length > 1 || (lines.length === 1 && lines[0] !== value)) for (const line of lines) addSecret(forms, line);
}

/** How a text stands in what is shown: as it is, in JSON (in JSON), in an address, in HTML, in base64 of whatever holds it, in hex. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const named = value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
  const hex = Buffer.from(value).toString("hex");
  const uri = encodeURIComponent(value.toWellFormed());
  const base64 = [0, 1, 2].map((offset) => base64Within(value, offset));
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    uri,
    uri.replaceAll("%20", "+"),
    html,
    named,
    named.replaceAll("'", "&#39;"),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((each) => each.replaceAll("+", "-").replaceAll("/", "_")),
    ...base64.map((each) => encodeURIComponent(each)),
  ];
}

/** The part of a longer text's base64 that this text alone decides, when so many bytes (modulo 3) stand before it. */
function base64Within(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  return bytes.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

export interface Found {
  start: number;
  end: number;
  /** The text ends before the secret does. */
  isOpen: boolean;
}

/** Where secrets stand in a text, in order, without overlaps. */
export function findSecrets(forms: SecretForms, text: string): Found[] {
  const { byNeedle } = forms;
  const found: Found[] = [];
  if (text.length < shortestSecret) return found;
  // Of many short texts most have none: one look tells.
  if (text.length < shortText && !anyNeedle(forms).test(text)) return found;
  for (const [needle, forms] of byNeedle) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      found.push(extent(text, at, needle, forms));
    }
  }
  if (found.length < 2) return found;
  found.sort((a, b) => a.start - b.start);
  const merged: Found[] = [];
  for (const each of found) {
    const last = merged.at(-1);
    if (!last || each.start >= last.end) merged.push(each);
    else if (each.end >= last.end) Object.assign(last, { end: each.end, isOpen: each.isOpen || last.isOpen });
  }
  return merged;
}

const shortText = 2000;

function anyNeedle(forms: SecretForms): RegExp {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return (forms.pattern ??= new RegExp([...forms.byNeedle.keys()].map(literal).join("|")));
}

function extent(text: string, start: number, needle: string, forms: string[]): Found {
  let end = start + needle.length;
  let isOpen = false;
  for (const form of forms) {
    let length = needle.length;
    while (length < form.length && text.charCodeAt(start + length) === form.charCodeAt(length)) length++;
    end = Math.max(end, start + length);
    isOpen ||= length < form.length && start + length === text.length;
  }
  return { start, end, isOpen };
}

/** Length of the longest end of a text that may be the beginning of a secret. */
export function openEnd({ byNeedle }: SecretForms, text: string): number {
  const longest = Math.min(text.length, needleLength - 1);
  for (let length = longest; length > 0; length--) {
    const end = text.slice(-length);
    for (const needle of byNeedle.keys()) if (needle.length > length && needle.startsWith(end)) return length;
  }
  return 0;
}
