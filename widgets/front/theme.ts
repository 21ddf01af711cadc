import type { Theme } from "./mount.ts";

/** The theme of the page around: JupyterLab's own mark, VS Code's, else the background's brightness. */
export function pageTheme(): Theme {
  const { body, documentElement } = document;
  const lab = body.dataset["jpThemeLight"];
  if (lab !== undefined) return lab === "false" ? "dark" : "light";
  const code = body.dataset["vscodeThemeKind"];
  if (code !== undefined) return /dark|high-contrast$/.test(code) ? "dark" : "light";
  const marked = documentElement.dataset["theme"];
  if (marked === "dark" || marked === "light") return marked;
  const [red, green, blue, alpha] = channels(getComputedStyle(body).backgroundColor);
  if (alpha > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < 110 ? "dark" : "light";
  return "light";
}

function channels(colour: string): [number, number, number, number] {
  const [red = 255, green = 255, blue = 255, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue, alpha];
}

const listeners = new Set<(theme: Theme) => void>();
let current: Theme | undefined;

/** Hears when the page's theme changes. @returns ends it */
export function onPageTheme(listener: (theme: Theme) => void): () => void {
  if (current === undefined) {
    current = pageTheme();
    const look = (): void => {
      const theme = pageTheme();
      if (theme === current) return;
      current = theme;
      for (const each of listeners) each(theme);
    };
    const observer = new MutationObserver(look);
    const options = { attributes: true, attributeFilter: ["data-jp-theme-light", "data-theme", "class", "style"] };
    observer.observe(document.body, options);
    observer.observe(document.documentElement, options);
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}
