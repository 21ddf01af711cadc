/**
 * Where the Jupyter server of this page has a kernel's channels: JupyterLab, Notebook 7 and Voilà say it in their page's
 * configuration, the classic Notebook on its body. Undefined on any other page.
 */
export function channelsAddress(kernel: string): string | undefined {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  // What the page does not say is the server's root, as JupyterLab takes it.
  const { baseUrl, wsUrl, token } = (
    config ? { baseUrl: "/", ...(JSON.parse(config) as object) } : document.body.dataset
  ) as Record<string, string | undefined>;
  if (baseUrl === undefined) return undefined;
  const address = new URL(`${baseUrl.replace(/\/?$/, "/")}api/kernels/${kernel}/channels`, wsUrl || location.href);
  // Only the server that the page came from.
  if (address.host !== location.host) return undefined;
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (token) address.searchParams.set("token", token);
  return address.href;
}
