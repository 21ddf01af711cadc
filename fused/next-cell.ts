import { FusedError } from "./errors.ts";

let sink: ((text: string) => void) | undefined;

/** Installs who puts text into a new cell of the notebook. */
export function setNextCell(nextCell: (text: string) => void): void {
  sink = nextCell;
}

/** Puts text into a new cell below the one that runs. @throws FusedError outside a notebook */
export function fillNextCell(text: string): void {
  if (!sink)
    throw new FusedError("There is no notebook here that could get another cell. The code of a UDF is udf.code.");
  sink(text);
}
