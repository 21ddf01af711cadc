import { describeError } from "./describe-error.ts";
import type { Reporter } from "./reporter.ts";

/** Errors that nobody awaits or catches, in a timer say, are shown under the cell that started them; the session lives on. */
export function reportStrayErrors(reporter: Reporter): void {
  const show = (what: string) => (error: unknown) =>
    reporter.message({ type: "stray", execution: reporter.execution(), what, error: describeError(error) });
  process.on("uncaughtException", show("Uncaught"));
  process.on("unhandledRejection", show("Unhandled rejection"));
  // A promise that the cell ends with is awaited a little later; without a listener Node warns of that.
  process.on("rejectionHandled", () => {});
}
