/** What a UDF may import by name (fused-spec.md 2). */
export { predefinedPackages } from "../engine/packages.ts";
