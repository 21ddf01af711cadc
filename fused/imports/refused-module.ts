import type { HeaderModule } from "../../engine/udf-frame.ts";

/**
 * A module that cannot travel, as one that says why when it is imported: a UDF whose run does not come to the import is
 * none the worse.
 */
export function refusedModule(moduleName: string, problem: string): TravellingModule {
  const source = `class ImportError extends Error { override name = "ImportError"; }\nthrow new ImportError(${JSON.stringify(problem)});\n`;
  return { moduleName, source, problem };
}

/** A module that goes along in the frame, or what stands against it. */
export interface TravellingModule extends HeaderModule {
  problem?: string;
}
