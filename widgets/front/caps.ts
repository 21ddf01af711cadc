import type { PageCaps } from "../widget-payload.ts";

let caps: PageCaps | undefined;

/** What this page can draw; looked up once, with a context that is given back at once. */
export function pageCaps(): PageCaps {
  return (caps ??= lookUp());
}

function lookUp(): PageCaps {
  const dpr = globalThis.devicePixelRatio || 1;
  const none = { webgl2: false, renderer: "none", maxTexture: 0, dpr };
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    if (!context) return none;
    const unmasked = context.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER;
    const found = {
      webgl2: true,
      renderer: String(context.getParameter(unmasked)),
      maxTexture: Number(context.getParameter(context.MAX_TEXTURE_SIZE)),
      dpr,
    };
    context.getExtension("WEBGL_lose_context")?.loseContext();
    return found;
  } catch {
    return none;
  }
}
