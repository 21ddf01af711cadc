import type { HeaderModule, Parameter } from "../../engine/udf-frame.ts";
import type { UdfRecord as ClientRecord } from "../../fused/api/udfs.ts";

export type Visibility = "private" | "team" | "public";

/** A saved UDF as clients see it. */
export interface UdfRecord extends ClientRecord {
  visibility: Visibility;
  headers: HeaderModule[];
  parameters: Parameter[];
}

/** A row of the UDFs with one version of the code. */
export interface UdfRow {
  id: string;
  slug: string;
  name: string;
  owner_id: string;
  team_id: string;
  owner_email: string;
  visibility: Visibility;
  version: number;
  latest: number;
  created_at: Date;
  updated_at: Date;
  metadata: Record<string, unknown>;
  headers: HeaderModule[];
  parameters: Parameter[];
  code: string;
  frame: Uint8Array;
}

export function recordOf(row: Omit<UdfRow, "frame" | "code"> & { code?: string }): UdfRecord {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    owner_email: row.owner_email,
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    public: row.visibility === "public",
    visibility: row.visibility,
    metadata: row.metadata,
    headers: row.headers,
    parameters: row.parameters,
    ...(row.code !== undefined && { code: row.code }),
  };
}
