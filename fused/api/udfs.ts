import { FusedError, NotFoundError } from "../errors.ts";
import { readOptions } from "../option-names.ts";
import { sendForJson, type ServiceAddress } from "./service.ts";

/** A UDF as the service keeps it. */
export interface UdfRecord {
  id: string;
  slug: string;
  name: string;
  owner_email: string;
  version: number;
  created_at: string;
  updated_at: string;
  public: boolean;
  metadata: Record<string, unknown>;
  headers: { moduleName: string; source: string }[];
  parameters: unknown[];
  /** Absent in lists. */
  code?: string;
}

export interface GetUdfsOptions {
  /** How many. Default 10; null: all. */
  n?: number | null;
  skip?: number;
  /** What the object's keys are. Default `name`. */
  by?: "name" | "id" | "slug";
  /** Whose. Default `self`. */
  whose?: "self" | "team" | "public" | "community";
}

const choices = { by: ["name", "id", "slug"], whose: ["self", "team", "public", "community"] };
const pageSize = 100;

/** Saved UDFs by name, id or slug. @throws TypeError for an option that does not exist or does not take the value */
export async function getUdfs(service: ServiceAddress, given?: GetUdfsOptions): Promise<Record<string, UdfRecord>> {
  const read = readOptions<GetUdfsOptions>(given, ["n", "skip", "by", "whose"], "fused.api.getUdfs");
  const { n = 10, skip = 0, by = "name", whose = "self" } = read;
  for (const [name, value] of Object.entries({ by, whose }) as [keyof typeof choices, string][]) {
    if (choices[name].includes(value)) continue;
    throw new TypeError(
      `The option ${name} of fused.api.getUdfs is one of ${choices[name].join(", ")}; what came is ${value}.`,
    );
  }
  const found: UdfRecord[] = [];
  for (const most = n ?? Infinity; found.length < most;) {
    const size = Math.min(pageSize, most - found.length);
    const query = { n: size, skip: skip + found.length };
    const { udfs } = await sendForJson<{ udfs: UdfRecord[] }>(service, { method: "GET", path: `/udf/${whose}`, query });
    found.push(...udfs);
    if (udfs.length < size) break;
  }
  return Object.fromEntries(found.map((udf) => [udf[by], udf]));
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** A saved UDF by its id, by `email/name`, by the name of one's own, or by a shared token that lets its code be read. */
export async function getUdf(service: ServiceAddress, which: string): Promise<UdfRecord> {
  const part = encodeURIComponent;
  if (/^fsh_/.test(which)) {
    const path = `/udf/shared/by-token/${part(which)}`;
    const ifMissing = "The token was disabled or deleted, or belongs to another service (fused.options.baseUrl).";
    return sendForJson(service, { method: "GET", path }, { ifMissing, needsLogin: false });
  }
  if (uuid.test(which)) return sendForJson(service, { method: "GET", path: `/udf/by-id/${which}` });
  const [, email, name] = /^([^/\s]+@[^/\s]+)\/(.+)$/.exec(which) ?? [];
  const ifMissing = `fused.api.getUdfs(${email === undefined ? "" : '{ whose: "team" }'}) tells which there are.`;
  const owner = email ?? (await ownEmail(service));
  const path = `/udf/by-name/${part(owner)}/${part(name ?? which)}`;
  return sendForJson(service, { method: "GET", path }, { ifMissing });
}

async function ownEmail(service: ServiceAddress): Promise<string> {
  return (await sendForJson<{ email: string }>(service, { method: "GET", path: "/user/self" })).email;
}

/** What is saved of a UDF. */
export interface UdfToSave {
  name: string;
  slug?: string;
  code: string;
  entrypoint?: string;
  headers: { moduleName: string; source: string }[];
  metadata: Record<string, unknown>;
  public?: boolean;
}

/**
 * Saves a UDF under its name. @param options.overwrite one of that name gets a new version; default true
 * @throws FusedError where there is one of that name and it is not to be overwritten
 */
export async function saveUdf(
  service: ServiceAddress,
  udf: UdfToSave,
  { overwrite = true }: { overwrite?: boolean } = {},
): Promise<UdfRecord> {
  try {
    return await sendForJson<UdfRecord>(service, { method: "POST", path: "/udf/new", body: udf });
  } catch (error) {
    if (!(error instanceof FusedError) || error.status !== 409) throw error;
    if (!overwrite) {
      throw new FusedError(`There is a saved UDF ${udf.name}. Pass { overwrite: true }, or give it another name.`, {
        status: 409,
      });
    }
  }
  const { id } = await getUdf(service, udf.name);
  return sendForJson<UdfRecord>(service, { method: "PUT", path: `/udf/by-id/${id}`, body: udf });
}

/** Deletes a saved UDF with its tokens. @returns whether there was one */
export async function deleteUdf(service: ServiceAddress, which: string): Promise<boolean> {
  try {
    const { id } = await getUdf(service, which);
    await sendForJson(service, { method: "DELETE", path: `/udf/by-id/${id}` });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
