import type { ColumnSpec, Condition } from "../table-spec.ts";

/**
 * A small form for one column's filter, below a button; Escape or a click elsewhere closes it.
 * @param apply called with the condition when the form is sent
 */
export function openFilterMenu(
  root: HTMLElement,
  at: HTMLElement,
  column: number,
  { name, kind, type }: ColumnSpec,
  apply: (condition: Condition) => void,
): void {
  root.querySelector(".fk-menu")?.remove();
  const form = document.createElement("form");
  form.className = "fk-menu";
  form.setAttribute("role", "dialog");
  form.setAttribute("aria-label", `Filter ${name}`);
  const isRange = kind === "number" || kind === "integer" || (kind === "time" && !type.startsWith("time["));
  const first = isRange ? field("at least", kind === "time" ? "date" : "number") : field("contains", "text");
  const second = isRange ? field("at most", kind === "time" ? "date" : "number") : undefined;
  const nulls = document.createElement("select");
  for (const [value, text] of Object.entries({ any: "any value", present: "not null", null: "null" })) {
    nulls.append(new Option(text, value));
  }
  const nullLabel = document.createElement("label");
  nullLabel.append("rows with", nulls);
  const send = document.createElement("button");
  send.className = "fk-action";
  send.textContent = "Apply";
  const buttons = document.createElement("div");
  buttons.className = "fk-row";
  buttons.append(send);
  form.append(first.label, ...(second ? [second.label] : []), nullLabel, buttons);

  const close = (): void => {
    form.remove();
    root.removeEventListener("pointerdown", away, true);
    at.focus();
  };
  const away = (event: Event): void => {
    if (!event.composedPath().includes(form)) close();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (nulls.value === "null" || nulls.value === "present") apply({ column, op: nulls.value });
    if (second) {
      const [min, max] = [numberOf(first.input), numberOf(second.input)];
      const limits = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
      if (Object.keys(limits).length > 0) apply({ column, op: "range", ...limits });
    } else if (first.input.value !== "") apply({ column, op: "contains", text: first.input.value });
    close();
  });
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
  });
  const [box, from] = [root.getBoundingClientRect(), at.getBoundingClientRect()];
  form.style.top = `${from.bottom - box.top + 4}px`;
  form.style.left = `${Math.max(4, Math.min(from.left - box.left - 160, box.width - 260))}px`;
  root.append(form);
  root.addEventListener("pointerdown", away, true);
  first.input.focus();
}

function field(text: string, type: string): { label: HTMLLabelElement; input: HTMLInputElement } {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = type;
  if (type === "number") input.step = "any";
  label.append(text, input);
  return { label, input };
}

/** A number, or a date as milliseconds. */
function numberOf({ value, type }: HTMLInputElement): number | undefined {
  if (value === "") return undefined;
  return type === "date" ? Date.parse(value) : Number(value);
}
