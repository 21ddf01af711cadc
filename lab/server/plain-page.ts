/** A page with a few words, for what happens before or instead of JupyterLab. */
export function plainPage(title: string, paragraphs: string[]): string {
  const text = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 38rem; margin: 15vh auto; padding: 0 1rem; color: #222; background: #fff }
  h1 { font-size: 1.4rem }
  @media (prefers-color-scheme: dark) { body { color: #ddd; background: #111 } }
</style>
<h1>${escapeHtml(title)}</h1>
${text}
</html>
`;
}

/** A page that leads on at once, from which the next request counts as our own and carries the strict cookie. */
export function leadingOnPage(location: string): string {
  const address = escapeHtml(location);
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Opening the lab</title>
<a href="${address}">Open the lab</a>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
