export { mountMap as mount } from "./mount-map.ts";
