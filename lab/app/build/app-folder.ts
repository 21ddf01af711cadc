import { fileURLToPath } from "node:url";

/** The folder lab/app, where package.json with JupyterLab's packages lies. */
export const appFolder: string = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");
