/** Names that annotations in a cell may use without importing them. */
export const ambientTypeNames = [
  "int",
  "float",
  "UUID",
  "Bounds",
  "Bbox",
  "TileXYZ",
  "TileGDF",
  "Tile",
  "ViewportGDF",
  "GeoDataFrame",
  "DataFrame",
  "Geometry",
  "Polygon",
] as const;

/**
 * Text of a declaration file that makes these types known everywhere, for a language service.
 * @param typesModule specifier that fused/types.ts has there
 */
export function ambientTypes(typesModule: string): string {
  const from = JSON.stringify(typesModule);
  const declarations = ambientTypeNames.map((name) => `  type ${name} = import(${from}).${name};`);
  const optional = `  type Optional<Type> = import(${from}).Optional<Type>;`;
  return ["export {};", "declare global {", ...declarations, optional, "}", ""].join("\n");
}
