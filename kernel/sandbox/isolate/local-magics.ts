import { html } from "../../../magics/html.ts";
import type { Magic } from "../../../magics/magic.ts";
import { markdown } from "../../../magics/markdown.ts";
import { reset } from "../../../magics/reset.ts";
import { time } from "../../../magics/time.ts";
import { timeit } from "../../../magics/timeit.ts";
import { who, whos } from "../../../magics/who.ts";

/** Magics that work on the notebook's own names and values run where these are. */
const magics: Magic[] = [html, markdown, reset, time, timeit, who, whos];

export const findLocalMagic = (name: string): Magic | undefined => magics.find((magic) => magic.name === name);
