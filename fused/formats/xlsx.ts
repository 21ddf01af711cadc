import { FusedError } from "../errors.ts";
import { cellText } from "./cell-text.ts";
import { viewTable } from "./table-view.ts";
import { escapeXml } from "./xml.ts";

/** Rows of a sheet, the header among them (Excel's limits). */
const mostRows = 1_048_576;
/** Characters of a cell. */
const mostCharacters = 32_767;

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packaged = "http://schemas.openxmlformats.org/package/2006";

/**
 * A workbook of one sheet (ECMA-376): numbers and booleans as such, integers from 2^53 on and all else as text, as
 * `cellText` has it.
 * @throws FusedError for more rows than a sheet has
 */
export async function encodeXlsx(value: unknown): Promise<Uint8Array> {
  const { names, rowCount, cell } = await viewTable(value);
  if (rowCount >= mostRows) {
    throw new FusedError(`A sheet has ${mostRows} rows, and the table ${rowCount}: take csv or parquet.`);
  }
  const rows = [rowXml(0, names)];
  for (let row = 0; row < rowCount; row++) {
    rows.push(
      rowXml(
        row + 1,
        names.map((_name, column) => cell(column, row)),
      ),
    );
  }
  const { strToU8, zipSync } = await import("fflate");
  const files: Record<string, string> = {
    "[Content_Types].xml":
      `<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `<Default Extension="xml" ContentType="application/xml"/>${override("workbook", "sheet.main")}${override("worksheets/sheet1", "worksheet")}</Types>`,
    "_rels/.rels": relationship("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="udf" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relationship("worksheet", "worksheets/sheet1.xml"),
    "xl/worksheets/sheet1.xml": `<worksheet xmlns="${main}"><sheetData>${rows.join("\n")}</sheetData></worksheet>`,
  };
  const entries = Object.entries(files).map(([name, text]) => [name, strToU8(head + text)]);
  return zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>, { mtime: new Date(1980, 0, 1) });
}

function override(part: string, kind: string): string {
  return `<Override PartName="/xl/${part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/>`;
}

function relationship(kind: string, target: string): string {
  return `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${relations}/${kind}" Target="${target}"/></Relationships>`;
}

function rowXml(index: number, cells: unknown[]): string {
  const row = index + 1;
  return `<row r="${row}">${cells.map((value, column) => cellXml(`${columnName(column)}${row}`, value)).join("")}</row>`;
}

function cellXml(place: string, value: unknown): string {
  if (typeof value === "boolean") return `<c r="${place}" t="b"><v>${Number(value)}</v></c>`;
  const number = typeof value === "bigint" ? Number(value) : value;
  const isExact = typeof value !== "bigint" || Number.isSafeInteger(number);
  if (typeof number === "number" && Number.isFinite(number) && isExact) return `<c r="${place}"><v>${number}</v></c>`;
  const text = cellText(value);
  if (text === undefined) return "";
  return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(text.slice(0, mostCharacters))}</t></is></c>`;
}

/** `A` to `Z`, `AA`, …: the name of a column, counted from 0. */
function columnName(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}
