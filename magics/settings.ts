/** A setting of the notebook's session, changed with `%config`. */
export interface Setting {
  name: string;
  /** The values that it takes; the first is the default. */
  values: readonly string[];
  /** One line, for `%config`. */
  summary: string;
}

/** Every setting. They hold for the session and begin with their defaults. */
export const settings: readonly Setting[] = [
  {
    name: "typecheck",
    values: ["warning", "error", "off"],
    summary:
      "Type errors are told under the cell (warning), told instead of running it (error), or not looked for (off).",
  },
];

const changed = new Map<string, string>();
let listener: (name: string, value: string) => void = () => {};

export function readSetting({ name, values }: Setting): string {
  return changed.get(name) ?? values[0]!;
}

/** Changes a setting to one of its values. */
export function changeSetting({ name }: Setting, value: string): void {
  changed.set(name, value);
  listener(name, value);
}

/** Who acts on the settings hears of each change. There is one of them; another takes its place. */
export function onSettingChange(heard: (name: string, value: string) => void): void {
  listener = heard;
}
