import { tutorialsInTheLab } from "./lab-tutorials.ts";

tutorialsInTheLab(2, 3);
