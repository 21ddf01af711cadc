import { ensureLab } from "./ensure-lab.js";
import { ensureInstalled, build } from "./ensure-ready.js";

/** `npm run build`: dist/ from the sources as they are, also where nothing is installed yet; the lab where it has changed. */
ensureInstalled();
build();
ensureLab();
