import { badRequest } from "./http-error.ts";

/** Which part of a list is asked for: `n` entries (default 10, 0 or `all`: as many as there may be) after `skip`. */
export function pageOf({ searchParams }: URL, usual = 10, most = 1000): { n: number; skip: number } {
  const number = (name: string, fallback: number) => {
    const text = searchParams.get(name);
    if (text === null) return fallback;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw badRequest(`${name} is a whole number.`);
  };
  const n = searchParams.get("n") === "all" ? 0 : number("n", usual);
  return { n: n === 0 ? most : Math.min(n, most), skip: number("skip", 0) };
}
