import { displaysIn } from "./displays/displays-in.ts";
import { jupyterlab } from "./displays/front-ends.ts";
import { needsChromium } from "./open-browser.ts";
import { needsJupyterlab } from "./plain-jupyterlab.ts";

displaysIn("jupyterlab", jupyterlab, "skip" in needsChromium ? needsChromium : needsJupyterlab);
