export type { Encoded, EncodeOptions } from "./encode.ts";
export { chooseFormat, encode } from "./encode.ts";
export { familyOf } from "./family-of.ts";
export { FormatError } from "./format-error.ts";
export type { Family, Format, FormatName } from "./format-names.ts";
export { formatNamed, formats, formatsFor, mediaTypes } from "./format-names.ts";
