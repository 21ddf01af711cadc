export { nearestName } from "../engine/nearest-name.ts";
