import { predefinedPackages } from "../packages.ts";

/** Names that people usually give to what they import, other than the package's own. */
const customaryNames: Record<string, string> = {
  turf: "@turf/turf",
  arrow: "apache-arrow",
  h3: "h3-js",
  d3: "d3-geo",
  topojson: "topojson-client",
  parquet: "hyparquet",
};
/** What is often called without its package's name: first letters of the names that the package exports. */
const customaryExports: [RegExp, string][] = [
  [/^geo(Area|Bounds|Centroid|Distance|Path|Mercator|Length|Contains|Interpolate|Circle|Graticule)/, "d3-geo"],
  [/^(interpolate|scheme)[A-Z]/, "d3-scale-chromatic"],
  [/^(latLngToCell|cellTo[A-Z]\w*|polygonToCells|gridDisk|gridDistance|getResolution|isValidCell)$/, "h3-js"],
  [/^(tableFrom(Arrays|JSON|IPC)|tableToIPC|vectorFromArray)$/, "apache-arrow"],
  [/^(parquetRead|parquetReadObjects|parquetMetadata\w*|asyncBufferFrom\w+)$/, "hyparquet"],
];

/**
 * What the author of a UDF is told about names that the UDF does not define: a package is imported inside, anything else
 * is a parameter or is defined inside.
 * @param carrier a whole module may have static imports, a function only `await import()`
 */
export function freeVariablesWarning(udfName: string, free: string[], carrier: "inline" | "file"): string {
  const packages = free.filter((name) => packageOf(name) !== undefined);
  const values = free.filter((name) => !packages.includes(name));
  const parts: string[] = [];
  if (values.length > 0) {
    const [be, advice] =
      values.length === 1
        ? ["is", "pass it as a parameter or define it inside"]
        : ["are", "pass them as parameters or define them inside"];
    parts.push(`${values.join(", ")} ${be} defined outside the UDF and will not exist on the worker: ${advice}.`);
  }
  for (const name of packages)
    parts.push(`${name} is not imported in the UDF: put ${importOf(name, carrier)} inside it.`);
  return `${udfName}: ${parts.join(" ")}`;
}

function packageOf(name: string): string | undefined {
  const plain = (text: string) =>
    text
      .replace(/^@[^/]+\//, "")
      .replace(/\W/g, "")
      .toLowerCase();
  return (
    (Object.hasOwn(customaryNames, name) ? customaryNames[name] : undefined) ??
    customaryExports.find(([pattern]) => pattern.test(name))?.[1] ??
    predefinedPackages.find((each) => plain(each) === plain(name))
  );
}

function importOf(name: string, carrier: "inline" | "file"): string {
  const from = JSON.stringify(packageOf(name));
  const isExport = customaryExports.some(([pattern]) => pattern.test(name));
  if (carrier === "file") return `import ${isExport ? `{ ${name} }` : `* as ${name}`} from ${from}`;
  return `const ${isExport ? `{ ${name} }` : name} = await import(${from})`;
}
