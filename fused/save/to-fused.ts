import { currentService } from "../api/service.ts";
import { deleteUdf, saveUdf } from "../api/udfs.ts";
import { UdfSerializationError } from "../errors.ts";
import { importPlace } from "../imports/module-folder.ts";
import { withImports } from "../imports/with-imports.ts";
import { savedNames } from "../load/saved-udf.ts";
import type { UdfState } from "../udf-state.ts";

/** A UDF as it was saved. */
export interface SavedUdf {
  id: string;
  name: string;
  owner: string;
  version: number;
}

export interface ToFusedOptions {
  /** One of the same name gets a new version. Default true. */
  overwrite?: boolean;
  /** Everybody may load it. Default false. */
  public?: boolean;
}

/**
 * Saves a UDF in the service under its name, with the local files and packages that it imports. From then on it loads by
 * `fused.load(name)` and runs by its address.
 * @throws FusedError where there is one of that name and `overwrite` is false; AuthError
 */
export async function toFused(
  state: UdfState,
  { overwrite = true, public: isPublic }: ToFusedOptions = {},
): Promise<SavedUdf> {
  const frame = await withImports(state.frame, importPlace(state));
  const { engine, cacheMaxAge, ...others } = state.runDefaults;
  void others;
  const { id: _, ...own } = frame.metadata;
  const metadata = {
    ...own,
    ...(cacheMaxAge !== undefined && { cacheMaxAge }),
    [savedNames.entrypoint]: frame.entrypoint,
    [savedNames.defaults]: plainJson(state),
    [savedNames.runs]: { engine, cacheMaxAge },
  };
  const { name, source: code, entrypoint, headers } = frame;
  const udf = { name, code, entrypoint, headers, metadata, ...(isPublic !== undefined && { public: isPublic }) };
  const record = await saveUdf(currentService(), udf, { overwrite });
  state.frame.metadata["id"] = record.id;
  return { id: record.id, name: record.name, owner: record.owner_email, version: record.version };
}

/** @throws UdfSerializationError for a default that JSON cannot hold */
function plainJson({ frame, defaults }: UdfState): unknown {
  try {
    return JSON.parse(JSON.stringify(defaults));
  } catch {
    throw new UdfSerializationError(
      `${frame.name} cannot be saved: a default of its parameters cannot be written as JSON. Set another with setParameters.`,
      { udfName: frame.name },
    );
  }
}

/** Deletes what the service has saved under the UDF's id or name. @returns whether there was something */
export function deleteSaved({ frame }: UdfState): Promise<boolean> {
  const { id } = frame.metadata;
  return deleteUdf(currentService(), typeof id === "string" && id !== "" ? id : frame.name);
}
