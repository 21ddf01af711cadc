import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Message } from "../../kernel/wire.ts";
import { openTestKernel } from "../kernel/talk.ts";
import { openRawKernel, type RawKernel } from "../kernel/raw-kernel.ts";

const widgetView = "application/vnd.jupyter.widget-view+json";

describe("without a front end that draws widgets", async () => {
  const kernel = await openTestKernel();

  test("a control shows as its label and value, opens no comm, and never as a widget that would be an error", async () => {
    const said = await kernel.run(`const { slider } = fused.controls;
const size = slider(0, 10, { label: "size", value: 3 });
size`);
    const [shown] = said.messages.filter(({ header }) => header.msg_type === "execute_result");
    const data = shown!.content.data as Record<string, string>;
    assert.equal(data["text/plain"], "size: 3");
    assert.match(data["text/html"]!, /<td[^>]*>size<\/td><td[^>]*><b>3<\/b>/);
    assert.ok(!(widgetView in data));
    assert.ok(!said.messages.some(({ header }) => header.msg_type === "comm_open"));
  });

  test("its value is set and heard in cells, and refused where it cannot be", async () => {
    const said = await kernel.run(`const end = size.on("change", (value, before) => console.log(before, "→", value));
size.value = 7; size.value = 7; end(); size.value = 8; [size.value, size.label]`);
    assert.equal(said.stdout, "3 → 7\n");
    assert.equal(said.result, "[ 8, 'size' ]");
    assert.match((await kernel.run("size.value = 11")).error, /The slider goes from 0 to 10; 11 is not on it/);
    assert.match((await kernel.run("slider(5, 5)")).error, /from a number to a larger one/);
    assert.match(
      (await kernel.run("slider({ min: 0, max: 9 })")).error,
      /slider\(0, 10, \{ value: 3 \}\); \{ min: 0, max: 9 \} to undefined does not/,
    );
    assert.match((await kernel.run("fused.controls.select([])")).error, /something to choose from/);
    assert.match((await kernel.run("size.on('click', () => {})")).error, /event "change"/);
  });

  test("interact shows values and what the function gives, and again in the same place", async () => {
    const said = await kernel.run(`const both = await fused.interact(({ n, kind }) => {
  console.log("n is", n);
  return Array.from({ length: n }, (_, i) => ({ i, kind }));
}, { n: [1, 9], kind: ["dot", "line"] });
both.controls.n.value = 2;
await both.run();
both.values`);
    assert.equal(said.result, "{ n: 2, kind: 'dot' }");
    // One place for the values, one for what the function gives.
    const latest = new Map<string, string>();
    for (const { header, content } of said.messages) {
      if (!/display_data$/.test(header.msg_type)) continue;
      const { display_id } = content.transient as { display_id: string };
      latest.set(display_id, String((content.data as Record<string, unknown>)["text/plain"]));
    }
    const [values, result, ...others] = [...latest.values()];
    assert.equal(values, "n: 2\nkind: dot");
    assert.match(result!, /^n is 2\n2 rows × 2 columns/);
    assert.deepEqual(others, []);
    assert.equal(said.stdout, "");
  });

  test("what goes wrong in interact's function is shown there", async () => {
    const said = await kernel.run(`await fused.interact(() => { throw new RangeError("too far") }, { n: 1 })`);
    assert.equal(said.status, "ok");
    assert.ok(said.displays.some((data) => /RangeError: too far/.test(String(data["text/plain"]))));
    assert.match((await kernel.run("await fused.interact(() => 1, { n: null })")).error, /n is object/);
  });
});

describe("with a front end that draws widgets", () => {
  let kernel: RawKernel;
  const heard: Message[] = [];
  const states = new Map<string, Record<string, unknown>>();

  before(async () => {
    kernel = await openRawKernel();
    kernel.listeners.heard = ({ channel, message }) => {
      if (channel !== "iopub") return;
      heard.push(message);
      const data = message.content.data as { state?: Record<string, unknown> } | undefined;
      if (!/^comm_(open|msg)$/.test(message.header.msg_type) || !data?.state) return;
      const id = String(message.content.comm_id);
      states.set(id, { ...states.get(id), ...data.state });
    };
    await kernel.ask("kernel_info_request").reply;
    await kernel.ask("comm_open", { comm_id: "control", target_name: "jupyter.widget.control", data: {} }).idle;
  });
  after(() => kernel.close());

  const run = async (code: string): Promise<Message[]> => {
    const asked = kernel.execute(code);
    await asked.idle;
    const own = heard.filter(({ parent_header }) => parent_header.msg_id === asked.id);
    const failed = own.find(({ header }) => header.msg_type === "error");
    assert.equal(failed, undefined, JSON.stringify(failed?.content));
    return own;
  };
  /** What a page does when somebody moves a slider; settles when the kernel has dealt with it. */
  const set = (id: string, state: object) =>
    kernel.ask("comm_msg", { comm_id: id, data: { method: "update", state, buffer_paths: [] } }).idle;
  const shownId = (messages: Message[]): string => {
    const bundles = messages.map(({ content }) => content.data as Record<string, { model_id: string }> | undefined);
    return bundles.findLast((data) => data?.[widgetView])![widgetView]!.model_id;
  };
  const printed = (): string =>
    heard
      .filter(({ header }) => header.msg_type === "stream")
      .map(({ content }) => content.text)
      .join("");

  test("controls are models of ipywidgets 8, with their layout and style", async () => {
    const messages =
      await run(`const { slider, range, select, checkbox, text, date, button, progress, html, vbox, hbox } = fused.controls;
const size = slider(0, 10, { label: "size", value: 3 });
const share = slider(0, 1, { value: 0.25 });
const kinds = { size, share, span: range(0, 9), kind: select({ Dot: 1, Line: 2 }), on: checkbox(true), name: text("Ada"), day: date("2026-11-21"), bar: progress(10, { value: 4 }), note: html("<b>x</b>"), go: button("Go", () => console.log("went")) };
vbox([hbox(Object.values(kinds).slice(0, 5)), ...Object.values(kinds).slice(5)])`);
    const opened = messages.filter(({ header }) => header.msg_type === "comm_open");
    for (const { content, metadata } of opened) {
      assert.equal(content.target_name, "jupyter.widget");
      assert.equal(metadata.version, "2.1.0");
    }
    // The kernel also asks, once, whether the page draws anywidget's models.
    const models = [...states.values()].filter((state) => state._model_module !== "anywidget");
    const of = (name: string) => models.find((state) => state._model_name === name)!;
    assert.deepEqual([...new Set(models.map((state) => state._model_name))].sort(), [
      "ButtonModel",
      "ButtonStyleModel",
      "CheckboxModel",
      "CheckboxStyleModel",
      "DatePickerModel",
      "DescriptionStyleModel",
      "DropdownModel",
      "FloatSliderModel",
      "HBoxModel",
      "HTMLModel",
      "IntProgressModel",
      "IntRangeSliderModel",
      "IntSliderModel",
      "LayoutModel",
      "ProgressStyleModel",
      "SliderStyleModel",
      "TextModel",
      "TextStyleModel",
      "VBoxModel",
    ]);
    assert.equal(of("IntSliderModel")._model_module, "@jupyter-widgets/controls");
    assert.equal(of("IntSliderModel")._model_module_version, "2.0.0");
    assert.deepEqual(
      [of("IntSliderModel").value, of("IntSliderModel").max, of("IntSliderModel").description],
      [3, 10, "size"],
    );
    assert.deepEqual(of("IntSliderModel")._dom_classes, []);
    assert.deepEqual(
      [of("SliderStyleModel")._view_module, of("SliderStyleModel")._view_name],
      ["@jupyter-widgets/base", "StyleView"],
    );
    assert.deepEqual(of("DropdownModel")._options_labels, ["Dot", "Line"]);
    assert.deepEqual(of("DatePickerModel").value, { year: 2026, month: 10, date: 21 });
    const children = states.get(shownId(messages))!.children as string[];
    assert.equal(children.length, 6);
    for (const child of children) assert.ok(states.has(child.replace("IPY_MODEL_", "")), child);
  });

  test("what is set on a page is the value in cells, and is echoed; a click is heard", async () => {
    await run(`size.on("change", (value) => console.log("size is", value))`);
    const id = [...states].find(([, { _model_name }]) => _model_name === "IntSliderModel")![0];
    await set(id, { value: 8 });
    assert.match(printed(), /size is 8\n/);
    const echo = heard.findLast(({ content }) => content.comm_id === id)!;
    assert.deepEqual(echo.content.data, { method: "echo_update", state: { value: 8 }, buffer_paths: [] });
    await run(`console.log("read", size.value)`);
    assert.match(printed(), /read 8\n/);
    const day = [...states].find(([, { _model_name }]) => _model_name === "DatePickerModel")![0];
    await set(day, { value: { year: 2024, month: 1, date: 29 } });
    await run(`console.log(kinds.day.value.toISOString())`);
    assert.match(printed(), /2024-02-29T00:00:00.000Z/);
    const go = [...states].find(([, { _model_name }]) => _model_name === "ButtonModel")![0];
    await kernel.ask("comm_msg", { comm_id: go, data: { method: "custom", content: { event: "click" } } }).idle;
    assert.match(printed(), /went\n/);
  });

  test("what a cell sets is shown on the pages", async () => {
    const messages = await run(`size.value = 1; kinds.bar.value = 9; kinds.kind.value = 2`);
    const updates = messages.filter(({ header }) => header.msg_type === "comm_msg").map(({ content }) => content.data);
    assert.deepEqual(updates, [
      { method: "update", state: { value: 1 }, buffer_paths: [] },
      { method: "update", state: { value: 9 }, buffer_paths: [] },
      { method: "update", state: { index: 1 }, buffer_paths: [] },
    ]);
  });

  test("a page that is loaded again is told the present states, also while a cell runs", async () => {
    const busy = kernel.execute("{ const end = Date.now() + 1500; while (Date.now() < end); }");
    await kernel.ask("comm_msg", { comm_id: "control", data: { method: "request_states" } }).idle;
    const answer = heard.findLast(({ content }) => content.comm_id === "control")!;
    const { states: told } = answer.content.data as { states: Record<string, { model_name: string; state: object }> };
    const slider = Object.values(told).find(({ model_name }) => model_name === "IntSliderModel")!;
    assert.equal((slider.state as { value: number }).value, 1);
    await busy.idle;
  });

  test("interact runs again when a control moves, and puts prints and values into its own output", async () => {
    const messages = await run(
      `await fused.interact(({ n }) => { console.log("n", n); return [{ n }, { n: n + 1 }]; }, { n: [0, 100] });`,
    );
    const box = states.get(shownId(messages))!;
    const [n, output] = (box.children as string[]).map((child) => child.replace("IPY_MODEL_", ""));
    assert.equal(states.get(n!)!.description, "n");
    const outputs = () => states.get(output!)!.outputs as { output_type: string; text?: string; data?: object }[];
    assert.deepEqual(
      outputs().map(({ output_type }) => output_type),
      ["stream", "display_data"],
    );
    // A slider that is dragged sends many values; the last one is what counts.
    await Promise.all([10, 20, 30, 40].map((value) => set(n!, { value })));
    const late = Date.now() + 60_000;
    while (outputs()[0]?.text !== "n 40\n" && Date.now() < late) await new Promise((next) => setTimeout(next, 20));
    assert.equal(outputs()[0]!.text, "n 40\n");
    assert.match(JSON.stringify(outputs()[1]!.data), /text\/html/);
  });

  test("a pool's progress has buttons: retry what failed, cancel what waits", async () => {
    await run(`const wait = fused.udf(async (n: number) => {
  if (n === 2) throw new Error("two");
  await new Promise((done) => setTimeout(done, n < 4 ? 10 : 20_000));
  return n;
});
const pool = wait.map([1, 2, 3, 4, 5, 6, 7, 8, 9], { maxWorkers: 2 });
pool.showProgress();
while (pool.errors().size === 0) await new Promise((done) => setTimeout(done, 20));`);
    const buttons = () => [...states].filter(([, state]) => state._model_name === "ButtonModel");
    const named = (name: string) => buttons().find(([, { description }]) => description === name);
    const late = Date.now() + 60_000;
    while (!(named("Cancel") && named("Retry failed")?.[1].disabled === false) && Date.now() < late) {
      await new Promise((next) => setTimeout(next, 20));
    }
    const click = (id: string) =>
      kernel.ask("comm_msg", { comm_id: id, data: { method: "custom", content: { event: "click" } } }).idle;
    await click(named("Cancel")![0]);
    await run(`console.log("cancelled", pool.cancelled().size > 0)`);
    assert.match(printed(), /cancelled true/);
  });
});
