import { isPlainObject } from "../plain-object.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import { figureHtml } from "../picture/figure-html.ts";
import { vegaSchema, type VegaSpec } from "./is-vega-spec.ts";
import { svgPicture } from "./svg-picture.ts";

/**
 * Shows a chart: under its standard mime type for front ends that draw it live, and as a still picture. Data that the
 * chart fetches are fetched for the picture as well; where that fails the text says why there is none.
 */
export async function displayVega(spec: VegaSpec): Promise<MimeBundle> {
  const [, language, version] = vegaSchema.exec(spec.$schema)!;
  const mime = `application/vnd.${language === "vega" ? "vega" : "vegalite"}.v${version}+json`;
  const text = describe(spec, language === "vega" ? "Vega" : "Vega-Lite");
  const live = { [mime]: spec };
  try {
    const picture = await svgPicture(await drawVega(spec, language!));
    const { width, height, small } = picture;
    return {
      data: {
        ...live,
        "text/html": figureHtml(picture, { alt: text }),
        "image/png": small.toString("base64"),
        "text/plain": text,
      },
      metadata: { "image/png": { width, height } },
    };
  } catch (error) {
    return { data: { ...live, "text/plain": `${text}\n(no picture: ${(error as Error).message})` }, metadata: {} };
  }
}

async function drawVega(spec: VegaSpec, language: string): Promise<string> {
  const vega = await import("vega");
  let parsed: import("vega").Spec;
  if (language === "vega") parsed = spec as unknown as import("vega").Spec;
  else {
    const { compile } = await import("vega-lite");
    // What a chart is made of may say how it warns; a picture is not the place for it.
    const logger = vega.logger(vega.Error);
    parsed = compile(spec as never, { logger: logger as never }).spec;
  }
  const view = new vega.View(vega.parse(parsed), { renderer: "none", logLevel: vega.None });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function describe({ title, mark, description }: VegaSpec, language: string): string {
  const name = typeof title === "string" ? title : isPlainObject(title) ? String(title.text ?? "") : "";
  const kind = typeof mark === "string" ? mark : isPlainObject(mark) ? String(mark.type ?? "") : "";
  const about = name || (typeof description === "string" ? description : "");
  return `${language} chart${about ? `: ${about}` : ""}${kind ? ` (${kind})` : ""}`;
}
