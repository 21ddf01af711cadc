import { displaysIn } from "./displays/displays-in.ts";
import { ourLab } from "./displays/front-ends.ts";
import { needsChromium } from "./open-browser.ts";

displaysIn("lab", ourLab, needsChromium);
