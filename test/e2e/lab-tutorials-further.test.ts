import { tutorialsInTheLab } from "./lab-tutorials.ts";

tutorialsInTheLab(1, 3);
