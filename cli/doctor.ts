import { parseArguments } from "./arguments.ts";
import { checks } from "./doctor-checks.ts";
import { styleText } from "node:util";

export const doctorHelp = `Usage: fused-kernel doctor

Says what is found, what is missing and how to get it, and starts a kernel once. Exit code 1 where something needed is
missing.`;

/** `fused-kernel doctor`: checks one after the other, each shown as it ends. */
export async function doctorCommand(words: string[]): Promise<number> {
  parseArguments(words, {}, []);
  let missing = 0;
  for (const { name, optional = false, check } of checks) {
    const { ok, found, next } = await check().catch((error: unknown) => ({
      ok: false,
      found: (error as Error).message,
      next: undefined,
    }));
    const mark = ok ? styleText("green", "✓") : optional ? styleText("yellow", "–") : styleText("red", "✗");
    console.log(`${mark} ${name.padEnd(22)}${found.replaceAll("\n", "\n".padEnd(25))}`);
    if (!ok && next) console.log(`${" ".repeat(24)}${styleText("dim", `→ ${next}`)}`);
    if (!ok && !optional) missing += 1;
  }
  console.log(
    missing === 0
      ? "\nEverything needed is there."
      : `\n${missing} needed ${missing === 1 ? "part is" : "parts are"} missing.`,
  );
  return missing === 0 ? 0 : 1;
}
