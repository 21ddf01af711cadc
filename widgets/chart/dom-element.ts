import { escapeHtml } from "../html.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import type { Picture } from "../picture/encode-picture.ts";
import type { DomElement } from "./is-dom-element.ts";
import { svgBundle, svgPicture } from "./svg-picture.ts";

/**
 * Shows an element. SVG as SVG and PNG; HTML as HTML, with the SVGs in it as pictures, since front ends take SVG out of
 * HTML that they do not trust.
 */
export async function displayElement(element: DomElement): Promise<MimeBundle> {
  const text = describe(element);
  if (element.nodeName.toLowerCase() === "svg") return svgBundle(withNamespace(element.outerHTML), text);
  let html = element.outerHTML;
  let picture: Picture | undefined;
  for (const each of element.querySelectorAll("svg")) {
    const svg = each.outerHTML;
    const drawn = await svgPicture(withNamespace(svg));
    const source = `data:${drawn.sharp.mime};base64,${drawn.sharp.bytes.toString("base64")}`;
    const alt = drawn.width > 40 ? escapeHtml(text) : "";
    html = html.replace(svg, `<img src="${source}" width="${drawn.width}" height="${drawn.height}" alt="${alt}">`);
    if (!picture || drawn.width * drawn.height > picture.width * picture.height) picture = drawn;
  }
  const data = {
    "text/html": html,
    ...(picture && { "image/png": picture.small.toString("base64") }),
    "text/plain": text,
  };
  const metadata = picture && { "image/png": { width: picture.width, height: picture.height } };
  return { data, metadata: { ...metadata } };
}

/** An SVG that stands for itself needs its namespace. */
const withNamespace = (svg: string): string =>
  /^<svg\b[^>]*\sxmlns=/.test(svg) ? svg : svg.replace(/^<svg/, '<svg xmlns="http://www.w3.org/2000/svg"');

function describe(element: DomElement): string {
  const heading = [...element.querySelectorAll("h2, h3, title, figcaption")].map(({ textContent }) =>
    textContent.trim(),
  );
  const name = element.nodeName.toLowerCase();
  const kind = name === "svg" || name === "figure" ? "Chart" : `<${name}>`;
  const title = heading.find((each) => each !== "");
  return title ? `${kind}: ${title}` : kind;
}
