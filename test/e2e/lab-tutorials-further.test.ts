import { tutorialsInTheLab } from "./lab-tutorials.ts";
import { tutorials } from "./notebook-server.ts";

tutorialsInTheLab(tutorials.slice(3));
