import { nearestName } from "../fused/nearest-name.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { changeSetting, readSetting, settings, type Setting } from "./settings.ts";

export const config: Magic = {
  name: "config",
  kinds: ["line"],
  summary: "Shows or changes a setting of this session.",
  usage: `%config
%config NAME
%config NAME = VALUE

Shows all settings, or one, or changes it: %config typecheck = "off"

${settings.map(({ name, values, summary }) => `  ${name} = ${values.join(" | ")}\n      ${summary}`).join("\n")}`,
  completions(before) {
    const [name, sign] = before;
    if (name === undefined) return settings.map((each) => each.name);
    if (sign === undefined) return ["="];
    return sign === "=" ? (settings.find((each) => each.name === name)?.values ?? []).map((value) => `"${value}"`) : [];
  },
  run({ line }, session) {
    if (line === "") return session.print(settings.map(describe).join(""));
    const [, name, value] = /^([\w.-]+)\s*(?:=\s*(.*))?$/s.exec(line) ?? [];
    if (name === undefined) throw new MagicError(`%config: write %config NAME = VALUE; what came is ${line}.`);
    const setting = find(name);
    if (value === undefined) return session.print(describe(setting));
    changeSetting(setting, readValue(setting, value.trim()));
  },
};

function find(name: string): Setting {
  const found = settings.find((each) => each.name === name);
  if (found) return found;
  const names = settings.map((each) => each.name);
  const nearest = nearestName(name, names);
  throw new MagicError(
    `%config: there is no setting ${name}. ${nearest ? `Did you mean ${nearest}?` : `There is ${names.join(", ")}.`}`,
  );
}

/** @param text a value, in quotes or without */
function readValue({ name, values }: Setting, text: string): string {
  const value = /^(["'`])(.*)\1$/s.exec(text)?.[2] ?? text;
  if (values.includes(value)) return value;
  throw new MagicError(
    `%config: ${name} is ${values.map((each) => `"${each}"`).join(", ")}; what came is ${text === "" ? "nothing" : text}.`,
  );
}

function describe(setting: Setting): string {
  return `${setting.name} = "${readSetting(setting)}"\n    ${setting.summary}\n`;
}
