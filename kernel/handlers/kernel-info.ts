import type { KernelMessage } from "@jupyterlab/services";
import type { Handler } from "../receive.ts";
import { protocolVersion } from "../wire.ts";
import packageJson from "../../package.json" with { type: "json" };

export const kernelInfoRequest: Handler = (_kernel, { reply }) => {
  reply("kernel_info_reply", {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "fused-kernel",
    implementation_version: packageJson.version,
    language_info: {
      name: "typescript",
      version: packageJson.dependencies.typescript.replace(/^[^\d]*/, ""),
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      // A name that CodeMirror 5 (classic Notebook) and 6 (JupyterLab) know; the latter takes an object's `name` alone.
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `fused-kernel ${packageJson.version}: TypeScript cells, %%udf, %run_tile, %map. %lsmagic lists the magics.`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "deck.gl", url: "https://deck.gl/docs" },
      { text: "Fused", url: "https://docs.fused.io/" },
    ],
    supported_features: ["kernel subshells"],
  } satisfies KernelMessage.IInfoReply);
};
