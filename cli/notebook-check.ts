import { createHash } from "node:crypto";
import { NotebookError } from "./notebook-format.ts";
import type { Cell, CellMetadata, Notebook, Output } from "./notebook-format.ts";

type Dictionary = Record<string, unknown>;

/**
 * Takes parsed JSON for a notebook: joins lines, upgrades 4.0–4.4 to 4.5, fills in what tools leave out without harm
 * (metadata, outputs, execution_count), keeps everything it does not know.
 * @throws NotebookError naming the place (`cells[3].source`) and what must stand there
 */
export function checkNotebook(value: unknown): Notebook {
  if (!isDictionary(value)) throw new NotebookError(`a notebook is a JSON object, this is ${kindOf(value)}`);
  const { nbformat, nbformat_minor: minor = 0 } = value;
  if (nbformat === undefined) {
    throw new NotebookError('no "nbformat": this JSON file is not a Jupyter notebook');
  }
  if (typeof nbformat === "number" && nbformat < 4) {
    throw new NotebookError(
      `written in notebook format ${nbformat}, from before 2015; convert it first: jupyter nbconvert --to notebook FILE`,
    );
  }
  if (nbformat !== 4 || typeof minor !== "number") {
    throw new NotebookError(`notebook format ${String(nbformat)}.${String(minor)} is not known here: 4.0 to 4.5 are`);
  }
  if (value.cells === undefined) throw new NotebookError('no "cells": a notebook holds a list of cells');
  const cells = list(value.cells, "cells");
  const metadata = dictionary(value.metadata ?? {}, "metadata");
  return {
    ...value,
    nbformat,
    nbformat_minor: Math.max(minor, 5),
    metadata,
    cells: giveIds(cells.map((cell, i) => checkCell(cell, i))),
  };
}

/** A cell id that is the same whenever the same notebook is upgraded. */
export function stableCellId(index: number, source: string): string {
  return createHash("sha256").update(`${index}\n${source}`).digest("hex").slice(0, 8);
}

function checkCell(value: unknown, index: number): Cell {
  const at = `cells[${index}]`;
  const cell = dictionary(value, at);
  const metadata = checkMetadata(cell.metadata ?? {}, `${at}.metadata`);
  const source = text(cell.source ?? "", `${at}.source`);
  const id = typeof cell.id === "string" ? cell.id : "";
  const { cell_type: type } = cell;
  if (type === "markdown" || type === "raw") {
    const attachments = Object.entries(dictionary(cell.attachments ?? {}, `${at}.attachments`)).map(
      ([name, bundle]) => [name, joinBundle(bundle, `${at}.attachments.${name}`)] as const,
    );
    return {
      id,
      cell_type: type,
      metadata,
      source,
      ...(cell.attachments === undefined ? {} : { attachments: Object.fromEntries(attachments) }),
    };
  }
  if (type === "code") {
    const outputs = list(cell.outputs ?? [], `${at}.outputs`).map((output, i) =>
      checkOutput(output, `${at}.outputs[${i}]`),
    );
    return { id, cell_type: type, metadata, source, outputs, execution_count: count(cell.execution_count, at) };
  }
  throw new NotebookError(`${at}.cell_type: must be "code", "markdown" or "raw", is ${JSON.stringify(type)}`);
}

function checkMetadata(value: unknown, at: string): CellMetadata {
  const metadata = dictionary(value, at);
  if (metadata.tags !== undefined) {
    list(metadata.tags, `${at}.tags`).forEach((tag, i) => {
      if (typeof tag !== "string") throw new NotebookError(`${at}.tags[${i}]: must be text, is ${kindOf(tag)}`);
    });
  }
  return metadata;
}

function checkOutput(value: unknown, at: string): Output {
  const output = dictionary(value, at);
  const { output_type: type } = output;
  switch (type) {
    case "stream":
      return {
        output_type: type,
        name: text(output.name ?? "stdout", `${at}.name`),
        text: text(output.text, `${at}.text`),
      };
    case "display_data":
    case "execute_result": {
      const data = joinBundle(output.data ?? {}, `${at}.data`);
      const metadata = dictionary(output.metadata ?? {}, `${at}.metadata`);
      if (type === "display_data") return { output_type: type, data, metadata };
      return { output_type: type, data, metadata, execution_count: count(output.execution_count, at) };
    }
    case "error":
      return {
        output_type: type,
        ename: text(output.ename, `${at}.ename`),
        evalue: text(output.evalue, `${at}.evalue`),
        traceback: list(output.traceback ?? [], `${at}.traceback`).map((line, i) =>
          text(line, `${at}.traceback[${i}]`),
        ),
      };
    default:
      throw new NotebookError(
        `${at}.output_type: must be "stream", "display_data", "execute_result" or "error", is ${JSON.stringify(type)}`,
      );
  }
}

/** Every id present, well formed and used once, as nbformat 4.5 asks. */
function giveIds(cells: Cell[]): Cell[] {
  const seen = new Set<string>();
  cells.forEach((cell, index) => {
    for (let attempt = index; !/^[a-zA-Z0-9_-]{1,64}$/.test(cell.id) || seen.has(cell.id); attempt += cells.length) {
      cell.id = stableCellId(attempt, cell.source);
    }
    seen.add(cell.id);
  });
  return cells;
}

function joinBundle(value: unknown, at: string): Dictionary {
  const entries = Object.entries(dictionary(value, at)).map(([type, item]) => {
    const isJson = type === "application/json" || (type.startsWith("application/") && type.endsWith("+json"));
    const isLines = !isJson && Array.isArray(item) && item.every((line) => typeof line === "string");
    return [type, isLines ? item.join("") : item] as const;
  });
  return Object.fromEntries(entries);
}

function isDictionary(value: unknown): value is Dictionary {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function dictionary(value: unknown, at: string): Dictionary {
  if (!isDictionary(value)) throw new NotebookError(`${at}: must be an object, is ${kindOf(value)}`);
  return value;
}

function list(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw new NotebookError(`${at}: must be a list, is ${kindOf(value)}`);
  return value;
}

function text(value: unknown, at: string): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  throw new NotebookError(`${at}: must be text or a list of lines, is ${kindOf(value)}`);
}

function count(value: unknown, at: string): number | null {
  if (value === undefined || value === null) return null;
  if (Number.isInteger(value) && (value as number) >= 0) return value as number;
  throw new NotebookError(`${at}.execution_count: must be a whole number or null, is ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
