import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { startLab } from "../test/e2e/lab-page.ts";
import { openBrowser } from "../test/e2e/open-browser.ts";
import { startNotebookServer } from "../test/e2e/notebook-server.ts";

/**
 * What somebody waits for who opens a notebook in a browser that has never seen it: from the navigation to the first
 * executed cell, and the bytes that this takes over the wire. The lab with our kernel beside Debian's classic Notebook with
 * ipykernel; they take turns, each time in a new browser with nothing kept.
 */
const rounds = Number(process.env.FUSED_BENCH_ROUNDS ?? 5);
const file = "cold.ipynb";

interface Contender {
  name: string;
  kernel: string;
  folder: string;
  /** Gives a browser its cookie. */
  login: string;
  page: string;
  /** The first editor of a code cell: it can be clicked when it is there. */
  editor: string;
  /** In the page: a key may be pressed. */
  canRun: string;
  output: string;
}

interface Cold {
  shown: number;
  executed: number;
  bytes: number;
}

const lab = await startLab();
const classic = await startNotebookServer();
const labLogin = `${lab.url}/lab`;
const contenders: Contender[] = [
  {
    name: "lab",
    kernel: "fused-ts",
    folder: lab.folder,
    login: labLogin,
    page: `${lab.url}/lab/tree/${file}`,
    editor: ".jp-CodeCell .cm-content",
    canRun: "Boolean(globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel)",
    output: ".jp-OutputArea-output",
  },
  {
    name: "classic",
    kernel: "python3",
    folder: classic.folder,
    login: `${classic.url}tree?token=${classic.token}`,
    page: `${classic.url}notebooks/${file}`,
    editor: ".code_cell .CodeMirror",
    canRun: "Boolean(globalThis.Jupyter?.notebook?.kernel?.is_connected())",
    output: ".output_subarea",
  },
];

/** Cookies of a browser that has logged in to the lab: its link works once. */
const labCookies = await lab.context.cookies();

async function cold({ name, page: url, login, editor, canRun, output }: Contender): Promise<Cold> {
  const profile = mkdtempSync(join(tmpdir(), "fused-cold-"));
  const context = await openBrowser(profile);
  try {
    if (name === "lab") await context.addCookies(labCookies);
    else await context.request.get(login);
    const page = context.pages()[0] ?? (await context.newPage());
    const network = await context.newCDPSession(page);
    await network.send("Network.enable");
    let bytes = 0;
    network.on("Network.loadingFinished", ({ encodedDataLength }) => void (bytes += encodedDataLength));
    network.on("Network.webSocketFrameReceived", ({ response }) => void (bytes += response.payloadData.length));

    const start = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator(editor).first().waitFor();
    const shown = performance.now() - start;
    await page.waitForFunction(canRun);
    await page.locator(editor).first().click();
    await page.keyboard.press("Shift+Enter");
    await page.locator(output, { hasText: "42.5" }).first().waitFor();
    return { shown, executed: performance.now() - start, bytes };
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** The kernels that the round has started, so that the next one starts its own. */
async function endKernels(): Promise<void> {
  for (const [url, headers] of [
    [`${lab.url}/`, { Cookie: labCookies.map(({ name, value }) => `${name}=${value}`).join("; ") }],
    [classic.url, { Authorization: `token ${classic.token}` }],
  ] as const) {
    const xsrf = labCookies.find(({ name }) => name === "_xsrf")?.value ?? "";
    const sessions = (await (await fetch(`${url}api/sessions`, { headers })).json()) as { id: string }[];
    for (const { id } of sessions)
      await fetch(`${url}api/sessions/${id}`, { method: "DELETE", headers: { ...headers, "X-XSRFToken": xsrf } });
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  for (const { folder, kernel } of contenders) {
    const cell = {
      cell_type: "code",
      id: "a",
      source: "6 * 7 + 0.5",
      metadata: {},
      outputs: [],
      execution_count: null,
    };
    const metadata = { kernelspec: { name: kernel, display_name: kernel } };
    writeFileSync(join(folder, file), JSON.stringify({ cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 }));
  }
  const results = new Map<string, Cold[]>(contenders.map(({ name }) => [name, []]));
  const load = loadavg()[0]!.toFixed(1);
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) results.get(contender.name)!.push(await cold(contender));
    await endKernels();
  }
  console.log(`cold navigation, ${rounds} rounds, medians; load ${load} to ${loadavg()[0]!.toFixed(1)}`);
  for (const [name, all] of results) {
    const of = (figure: keyof Cold) => median(all.map((each) => each[figure]));
    const seconds = (figure: keyof Cold) => (of(figure) / 1000).toFixed(2);
    console.log(
      `${name.padEnd(8)} cell shown ${seconds("shown")} s, first cell executed ${seconds("executed")} s, ` +
        `over the wire ${(of("bytes") / 1e6).toFixed(2)} MB`,
    );
  }
} finally {
  await lab.stop();
  await classic.stop();
}
