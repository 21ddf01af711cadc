/** What a UDF keeps of the files it was loaded from, so that saving it changes no more of them than it must. */
export interface LoadedUdf {
  /** Path or address. */
  place: string;
  /** Whether the address names a commit; undefined where it is no address. */
  isPinned: boolean | undefined;
  /** Text of `meta.json`. */
  metaText: string | undefined;
  /** Name of the code file; undefined where the code stands in `meta.json`. */
  codeFile: string | undefined;
  /** The code file's text, of which a function by itself takes no blanks along. */
  codeText: string;
  /** File of each header module, by the module's name. */
  headerFiles: Record<string, string>;
  readme: { file: string; text: string } | undefined;
}
