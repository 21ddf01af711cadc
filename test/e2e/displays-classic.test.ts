import { displaysIn } from "./displays/displays-in.ts";
import { classicNotebook } from "./displays/front-ends.ts";
import { needsNotebookServer } from "./notebook-server.ts";
import { needsChromium } from "./open-browser.ts";

displaysIn("classic", classicNotebook, "skip" in needsChromium ? needsChromium : needsNotebookServer);
