import { tutorialsInTheLab } from "./lab-tutorials.ts";

tutorialsInTheLab(0, 3);
