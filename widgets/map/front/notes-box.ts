import { element } from "./element.ts";

/** Puts a short text at the map's edge, in place of the one of the same key; an empty text takes that away. */
export type Note = (text: string, key?: string) => void;

export function notesBox(place: HTMLElement): Note {
  const shown = new Map<string, HTMLElement>();
  return (text, key = text) => {
    shown.get(key)?.remove();
    shown.delete(key);
    if (!text) return;
    const made = element("div", { className: "note" }, text.slice(0, 240));
    shown.set(key, made);
    place.append(made);
  };
}
