import type { HeaderModule } from "../../engine/udf-frame.ts";

/**
 * A module that cannot travel, as one that says why when it is imported: a UDF whose run does not come to the import is
 * none the worse.
 */
export function refusedModule(moduleName: string, problem: string): TravellingModule {
  const text = JSON.stringify(problem);
  const source = `class $fused_ImportError extends Error { override name = "ImportError"; }\nthrow new $fused_ImportError(${text});\n`;
  return { moduleName, source, problem };
}

/** Whether a module's text was made here, and its lines say nothing to the author of the UDF. */
export function isMade({ source }: HeaderModule): boolean {
  return source.includes("$fused_");
}

/** A module that goes along in the frame, or what stands against it. */
export interface TravellingModule extends HeaderModule {
  problem?: string;
}
