import type { Parameter, ParameterSchema } from "../engine/udf-frame.ts";
import { escapeHtml } from "./html-text.ts";
import type { UdfState } from "./udf-state.ts";

/** A UDF as text: its signature, what is set for its runs, and its code. */
export function udfText(state: UdfState): string {
  const [head, ...more] = udfSummary(state);
  return [head, ...more.map((fact) => `  ${fact}`), "", state.frame.source].join("\n");
}

/** What is shown of a UDF's state. */
export type ShownUdf = Omit<UdfState, "frame"> & {
  frame: Pick<UdfState["frame"], "name" | "source" | "parameters" | "metadata" | "headers">;
};

/** Its signature, then its description and what is set for its runs, a line each. */
export function udfSummary(state: ShownUdf): string[] {
  return [signature(state), ...facts(state)];
}

/** A UDF as a mime bundle's data: signature, a table of its parameters, and its code folded away. */
export function udfBundle(state: UdfState): Record<string, unknown> {
  const { frame } = state;
  const rows = parameterRows(state).map(
    ([name, type, value]) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(type)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  const table = rows.length
    ? `<table><thead><tr><th>parameter</th><th>type</th><th>default</th></tr></thead><tbody>${rows.join("")}</tbody></table>`
    : "";
  const html =
    `<div><code><b>${escapeHtml(signature(state))}</b></code>` +
    facts(state)
      .map((fact) => `<div>${escapeHtml(fact)}</div>`)
      .join("") +
    table +
    `<details><summary>code</summary><pre><code>${escapeHtml(frame.source)}</code></pre></details></div>`;
  return { "text/plain": udfText(state), "text/html": html };
}

/** Name, type and default of each parameter, as text. */
export function parameterRows({ frame, defaults }: Pick<UdfState, "frame" | "defaults">): [string, string, string][] {
  return frame.parameters.parameters.map((parameter) => {
    const value = defaults[parameter.name] ?? parameter.default;
    const shown = value === undefined ? (isRequired(parameter) ? "required" : "") : JSON.stringify(value);
    return [parameter.name, typeText(parameter), shown];
  });
}

/** `quakes(bounds: Bounds, magnitude?: float = 4)`. */
export function signature({ frame, defaults }: Pick<ShownUdf, "frame" | "defaults">): string {
  return `${frame.name}(${parameterList(frame.parameters, defaults)})`;
}

function parameterList({ parameters, rest }: ParameterSchema, defaults: Record<string, unknown>): string {
  const list = parameters.map((parameter) => {
    const value = defaults[parameter.name] ?? parameter.default;
    const mark = isRequired(parameter) || value !== undefined ? "" : "?";
    return `${parameter.name}${mark}: ${typeText(parameter)}${value === undefined ? "" : ` = ${JSON.stringify(value)}`}`;
  });
  return [...list, ...(rest ? ["...rest"] : [])].join(", ");
}

function isRequired(parameter: Parameter): boolean {
  return !parameter.optional && !parameter.hasDefault;
}

function typeText({ type }: Parameter): string {
  if (type.kind === "enum") return type.values.map((value) => JSON.stringify(value)).join(" | ");
  if (type.kind === "tuple") return `tuple of ${type.length}`;
  return type.kind;
}

function facts({ frame, runDefaults, diskSizeGb, region, loaded, language }: ShownUdf): string[] {
  const { engine, cacheMaxAge, files } = runDefaults;
  const description = frame.metadata["description"];
  return [
    typeof description === "string" && description,
    loaded && `loaded from ${loaded.place}${loaded.isPinned === false ? " (unpinned)" : ""}`,
    language === "python" && "language: python (can be looked at and saved; does not run here yet)",
    engine !== undefined && `engine: ${engine}`,
    cacheMaxAge !== undefined && `cacheMaxAge: ${cacheMaxAge}`,
    files !== undefined && `files: ${files.join(", ")}`,
    diskSizeGb !== undefined && `diskSizeGb: ${diskSizeGb}`,
    region !== undefined && `region: ${region}`,
    frame.headers.length > 0 && `headers: ${frame.headers.map(({ moduleName }) => moduleName).join(", ")}`,
  ].filter((fact) => typeof fact === "string");
}
