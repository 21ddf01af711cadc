import sanitizeHtml from "sanitize-html";
import type { Attributes, Tag } from "sanitize-html";

/** Turns an image's address into a data URI; undefined where it cannot be put into the page. */
export type EmbedImage = (address: string) => string | undefined;

/** In either case: the parser keeps it within an svg element, and puts names outside of one in lower case. */
const svgTags = (
  "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title desc marker mask " +
  "clipPath linearGradient radialGradient stop pattern filter feGaussianBlur feOffset feBlend feMerge feMergeNode " +
  "feColorMatrix feFlood feComposite image"
)
  .split(" ")
  .flatMap((name) => [name, name.toLowerCase()]);

const htmlTags = [
  ...sanitizeHtml.defaults.allowedTags,
  ..."img details summary del ins input picture figure figcaption audio video source meter progress style font center".split(
    " ",
  ),
];

/**
 * HTML without anything that runs or loads: scripts, event handlers, frames, forms and external resources go, as in a
 * notebook that Jupyter does not trust; images are put into the page where `embed` can, else become links to them.
 */
export function sanitize(html: string, embed: EmbedImage): string {
  const clean = sanitizeHtml(html, {
    allowedTags: [...htmlTags, ...svgTags],
    // style is kept on purpose: tables of pandas and others carry their looks in it.
    allowVulnerableTags: true,
    allowedAttributes: false,
    allowedSchemesByTag: { a: ["http", "https", "mailto"], img: ["data"] },
    allowedSchemes: ["data"],
    transformTags: {
      ...Object.fromEntries([...htmlTags, ...svgTags].map((tag) => [tag, keepSafe])),
      img: (tagName, attributes) => keepImage(tagName, attributes, embed),
    },
  });
  // Within an svg element, a browser reads the text of style as markup: no "<" may stay in it.
  return clean.replace(
    /(<style[^>]*>)([^]*?)(<\/style>)/g,
    (_, open: string, css: string, close: string) => open + withoutExternalCss(css).replace(/</g, "") + close,
  );
}

function keepSafe(tagName: string, attributes: Attributes): Tag {
  return { tagName, attribs: safeAttributes(attributes, tagName === "a" ? ["href"] : [], tagName !== "use") };
}

function keepImage(tagName: string, { src = "", ...attributes }: Attributes, embed: EmbedImage): Tag {
  const embedded = embed(src);
  if (embedded !== undefined) return { tagName, attribs: { ...safeAttributes(attributes, []), src: embedded } };
  const text = `image: ${attributes.alt || src}`;
  return /^https?:/i.test(src)
    ? { tagName: "a", attribs: { href: src, class: "outside" }, text }
    : { tagName: "em", attribs: { class: "missing" }, text };
}

/**
 * Attributes that neither run nor load anything; `#…` in href (SVG's use, gradients) stays, and so do pictures as data.
 * @param mayEmbed false where a picture would become part of the page, with what stands in it (SVG's use)
 */
function safeAttributes(attributes: Attributes, kept: string[], mayEmbed = true): Attributes {
  const loads = /^(?:src|srcset|href|xlink:href|poster|background|action|formaction|data|ping|target|srcdoc)$/;
  const safe = Object.entries(attributes).filter(([name, value]) => {
    if (name.startsWith("on") || !/^[\w:.-]+$/.test(name)) return false;
    if (!loads.test(name) || kept.includes(name) || value.trim().startsWith("#")) return true;
    return mayEmbed && /^data:(?:image|audio|video)\//i.test(value.trim());
  });
  return Object.fromEntries(safe.map(([name, value]) => [name, name === "style" ? withoutExternalCss(value) : value]));
}

function withoutExternalCss(css: string): string {
  return css.replace(/@import[^;<]*;?/gi, "").replace(/url\(\s*(?!["']?\s*(?:data:|#))[^)]*\)/gi, "none");
}
