type Json = Record<string, unknown>;

/** Format 3 named types of output by these; others stand under their own name. */
const mimeTypes: Record<string, string> = {
  text: "text/plain",
  html: "text/html",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  latex: "text/latex",
  json: "application/json",
  javascript: "application/javascript",
};

/**
 * A notebook of format 3 (IPython 1 and 2, until 2015) in the form of format 4, as nbformat's `v4.upgrade` makes it:
 * https://nbformat.readthedocs.io/en/latest/changelog.html. Changes what it is given.
 * @returns undefined where it is no notebook of format 3
 */
export function upgradeNotebook(notebook: Json): Json | undefined {
  const { worksheets, nbformat, orig_nbformat, orig_nbformat_minor, ...rest } = notebook;
  if (nbformat !== 3 || !Array.isArray(worksheets)) return undefined;
  const { name: _name, signature: _signature, ...metadata } = isObject(rest.metadata) ? rest.metadata : {};
  const cells = worksheets.flatMap((sheet) => (isObject(sheet) && Array.isArray(sheet.cells) ? sheet.cells : []));
  return {
    ...rest,
    metadata: { ...metadata, orig_nbformat: orig_nbformat ?? 3, orig_nbformat_minor: orig_nbformat_minor ?? 0 },
    nbformat: 4,
    nbformat_minor: 4,
    cells: cells.map((cell) => (isObject(cell) ? upgradeCell(cell) : cell)),
  };
}

function upgradeCell(cell: Json): Json {
  const metadata = isObject(cell.metadata) ? cell.metadata : {};
  if (cell.cell_type === "code") {
    const { language: _language, collapsed, input, prompt_number, outputs, ...rest } = cell;
    if (collapsed !== undefined) metadata.collapsed = collapsed;
    const upgraded = (Array.isArray(outputs) ? outputs : []).map((output) =>
      isObject(output) ? upgradeOutput(output) : output,
    );
    return { ...rest, metadata, source: input ?? "", execution_count: prompt_number ?? null, outputs: upgraded };
  }
  if (cell.cell_type === "heading") {
    const { level, ...rest } = cell;
    const text = [cell.source ?? ""].flat().join("").split(/\r?\n/).join(" ");
    return { ...rest, metadata, cell_type: "markdown", source: `${"#".repeat(Number(level) || 1)} ${text}` };
  }
  return { ...cell, metadata, cell_type: cell.cell_type === "html" ? "markdown" : cell.cell_type };
}

function upgradeOutput(output: Json): Json {
  switch (output.output_type) {
    case "pyerr":
      return { ...output, output_type: "error" };
    case "stream": {
      const { stream, ...rest } = output;
      return { ...rest, name: stream ?? "stdout" };
    }
    case "pyout": {
      const { output_type: _type, prompt_number, metadata, ...data } = output;
      return { ...displayOf(data, metadata), output_type: "execute_result", execution_count: prompt_number ?? null };
    }
    case "display_data": {
      const { output_type, metadata, ...data } = output;
      return { ...displayOf(data, metadata), output_type };
    }
    default:
      return output;
  }
}

function displayOf(data: Json, metadata: unknown): Json {
  const bundle = withMimeTypes(data);
  const json = bundle["application/json"];
  // Format 3 holds JSON as its text.
  if (json !== undefined) bundle["application/json"] = parsed([json].flat().join(""));
  return { data: bundle, metadata: isObject(metadata) ? withMimeTypes(metadata) : {} };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withMimeTypes(named: Json): Json {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [mimeTypes[name] ?? name, value]));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
