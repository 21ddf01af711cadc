/** Where files are kept: shared by all runs, on this machine alone, or with the service. */
export type StorageName = "auto" | "mount" | "local" | "object";

const storageNames = ["auto", "mount", "local", "object"] as const satisfies StorageName[];

/** Folders of one storage, absolute. */
export interface StorageFolders {
  cache: string;
  data: string;
  temp: string;
}

/** What of this machine the host functions of a run may work with. A run without it has none of them. */
export interface HostAccess {
  /** A storage that is not among these cannot be had. */
  folders: Partial<Record<StorageName, StorageFolders>>;
  /** Further folders whose files it may read, absolute; a relative path is one of the first. */
  readable?: string[];
  /** Values of secrets by name. A UDF gets those it asks for by name, and they are masked in what it prints. */
  secrets: Record<string, string>;
  /** Further texts that are masked in what it prints and in its errors, such as the signature in `fdPrefix`. */
  masked?: string[];
  /** What `fused.context` tells. */
  context: RunContext;
  cache: CacheSettings;
  /** Most bytes that one request for neighbouring row groups of a Parquet file takes. */
  rowGroupBatchSize: number;
  /** What an `fd://` address stands for. */
  fdPrefix: string | null;
}

export interface CacheSettings {
  /** Age limit of functions that name none, seconds. */
  maxAge: number;
  /** Say when a kept value is used. */
  verbose: boolean;
  storage: StorageName;
}

/** The circumstances of a run (fused-spec.md 21). */
export interface RunContext {
  headers: Record<string, string>;
  recursionFactor: number;
  realtimeClientId: string | null;
  userEmail: string | null;
  /** `local`, `realtime` or `batch`. */
  place: "local" | "realtime" | "batch";
}

/** A folder of a storage. @throws TypeError for a name that is none; Error for a storage that is not there */
export function storageFolder(all: HostAccess["folders"], storage: unknown, kind: keyof StorageFolders): string {
  if (!(storageNames as readonly unknown[]).includes(storage)) {
    throw new TypeError(`storage is one of ${storageNames.join(", ")}; what came is ${JSON.stringify(storage)}.`);
  }
  const folders = all[storage as StorageName];
  if (folders) return folders[kind];
  throw new Error(
    storage === "object"
      ? 'The storage "object" belongs to the service, which runs on this machine do not have. Use "local" or "auto".'
      : 'There is no mounted disk that can be written: set FUSED_MOUNT_DIRECTORY to its folder, or use the storage "local".',
  );
}
