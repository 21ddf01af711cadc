/** Where the files of one UDF are: a folder on disk or on GitHub, a zip, a gist. Paths are relative, with slashes. */
export interface UdfFolder {
  /** Path or address, for messages. */
  place: string;
  /** The folder's own name: what its code file is called where no `meta.json` tells. */
  name: string;
  /** Bytes of a file, undefined where there is none. What is optional may as well be absent where it cannot be had. */
  read(path: string, isOptional?: boolean): Promise<Uint8Array | undefined>;
  /** Names of what is in the folder itself, undefined where there is no such folder. */
  list(): Promise<string[] | undefined>;
}

/** One code file by itself, without a folder around it. */
export interface CodeFile {
  place: string;
  /** File name, with its ending. */
  file: string;
  text: string;
}

const decoder = new TextDecoder();

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
