import { ensureInstalled, build } from "./ensure-ready.js";

/** `npm run build`: dist/ from the sources as they are, also where nothing is installed yet. */
ensureInstalled();
build();
