import type { ColumnSpec, Condition } from "../table-spec.ts";
import { limitText } from "./column-header.ts";

export interface Toolbar {
  element: HTMLElement;
  showCount(shown: number, all: number): void;
  showFilter(filter: readonly Condition[]): void;
  showMessage(text: string, isError?: boolean): void;
  setLive(isLive: boolean): void;
}

export interface ToolbarActions {
  removeFilter(index: number): void;
  download(format: "csv" | "parquet" | "arrow"): void;
  copy(): void;
}

/** The line above the grid: title, count of rows, what is filtered, copy and download. */
export function toolbar(title: string | undefined, columns: readonly ColumnSpec[], actions: ToolbarActions): Toolbar {
  const element = document.createElement("div");
  element.className = "fk-bar-top";
  element.setAttribute("role", "toolbar");
  const name = document.createElement("span");
  name.className = "fk-title";
  name.textContent = title ?? "";
  name.hidden = title === undefined;
  const count = document.createElement("span");
  count.className = "fk-count";
  count.setAttribute("aria-live", "polite");
  const chips = document.createElement("span");
  chips.style.display = "contents";
  const message = document.createElement("span");
  const space = document.createElement("span");
  space.className = "fk-space";
  const copy = button("Copy", "Copy what is selected, tab-separated (Ctrl+C)", () => actions.copy());
  const formats = (["csv", "parquet", "arrow"] as const).map((format) => {
    const label = { csv: "CSV", parquet: "Parquet", arrow: "Arrow" }[format];
    return button(label, `Download the rows that are shown as ${label}`, () => actions.download(format));
  });
  element.append(name, count, chips, message, space, copy, ...formats);

  return {
    element,
    showCount(shown, all) {
      const [rows, wide] = [all.toLocaleString("en-US"), columns.length.toLocaleString("en-US")];
      const total = `${rows} ${all === 1 ? "row" : "rows"} × ${wide} ${columns.length === 1 ? "column" : "columns"}`;
      count.textContent = shown === all ? total : `${shown.toLocaleString("en-US")} of ${total}`;
    },
    showFilter(filter) {
      chips.replaceChildren(
        ...filter.map((condition, i) => {
          const chip = document.createElement("span");
          chip.className = "fk-chip";
          const text = document.createElement("span");
          text.textContent = conditionText(condition, columns[condition.column]!);
          const remove = button("×", `Remove the filter ${text.textContent}`, () => actions.removeFilter(i));
          remove.setAttribute("aria-label", remove.title);
          chip.append(text, remove);
          return chip;
        }),
      );
    },
    showMessage(text, isError = false) {
      message.textContent = text;
      message.className = isError ? "fk-error" : "fk-count";
      message.setAttribute("role", isError ? "alert" : "status");
    },
    setLive: (isLive) => formats.forEach((each) => (each.hidden = !isLive)),
  };
}

function button(text: string, title: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "fk-action";
  made.textContent = text;
  made.title = title;
  made.addEventListener("click", act);
  return made;
}

/** A condition in words: `depth ≥ 10 and < 20`, `place is Alaska`. */
function conditionText(condition: Condition, spec: ColumnSpec): string {
  const { name } = spec;
  switch (condition.op) {
    case "range": {
      const { min, max, closed = true } = condition;
      const parts = [
        min !== undefined && `≥ ${limitText(min, spec)}`,
        max !== undefined && `${closed ? "≤" : "<"} ${limitText(max, spec)}`,
      ];
      return `${name} ${parts.filter(Boolean).join(" and ")}`;
    }
    case "in":
      return `${name} is ${condition.values.map((value) => (value === "" ? "(empty)" : String(value))).join(" or ")}`;
    case "contains":
      return `${name} contains “${condition.text}”`;
    case "null":
      return `${name} is null`;
    case "present":
      return `${name} is not null`;
  }
}
