import type { Contents } from "@jupyterlab/services";
import type { CommandRegistry } from "@lumino/commands";
import { Widget } from "@lumino/widgets";
import { logoIcon, noticesUrl } from "./brand.ts";
import { introduction, type Introduction } from "./notebook-introduction.ts";

/** Bytes of a notebook that is read for its title and first sentence; of a larger one the name is shown. */
const mostRead = 4e6;

/** Greeting, the notebooks of the folder by title and first sentence, and how to begin one's own. */
export class WelcomePage extends Widget {
  readonly #contents: Contents.IManager;
  readonly #commands: CommandRegistry;
  readonly #list = element("ul", { className: "fused-welcome-notebooks" });

  constructor(contents: Contents.IManager, commands: CommandRegistry, version: string) {
    super();
    this.#contents = contents;
    this.#commands = commands;
    this.addClass("fused-welcome");
    const head = element("header", {});
    logoIcon.element({ container: head, width: "64px", height: "64px" });
    head.append(
      element("h1", { textContent: "Welcome" }),
      element("p", {
        textContent:
          "TypeScript notebooks for geodata. A cell is TypeScript; a cell that begins with %%udf becomes a function that " +
          "runs over map tiles. Click a notebook, then press Shift + Enter to run a cell after the other.",
      }),
    );
    const own = element("section", { className: "fused-welcome-own" });
    own.append(
      this.#button("New notebook", "notebook:create-new", { kernelName: "fused-ts" }),
      this.#button("Everything that can be started", "launcher:create", {}),
    );
    const foot = element("footer", {});
    const licences = element("a", { href: noticesUrl(), target: "_blank", rel: "noopener", textContent: "Licences" });
    foot.append(`Powered by JupyterLab ${version} · `, licences);
    this.node.append(head, element("h2", { textContent: "Notebooks in this folder" }), this.#list, own, foot);
  }

  protected override onAfterShow(): void {
    void this.#fill();
  }

  protected override onAfterAttach(): void {
    void this.#fill();
  }

  async #fill(): Promise<void> {
    const { content } = await this.#contents.get("", { content: true });
    const notebooks = (content as Contents.IModel[])
      .filter(({ type }) => type === "notebook")
      .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    const introductions = await Promise.all(
      notebooks.map(async ({ path, name, size }) => {
        const content = (size ?? 0) > mostRead ? {} : await this.#read(path);
        return { path, ...introduction(name, content) };
      }),
    );
    if (this.isDisposed) return;
    this.#list.replaceChildren(...introductions.map((each) => this.#entry(each)));
    if (introductions.length === 0) this.#list.append(element("li", { textContent: "There is none yet." }));
  }

  /** Of what is no notebook, though its name says so, the page says nothing: JupyterLab tells why when it is opened. */
  async #read(path: string): Promise<unknown> {
    return this.#contents.get(path, { content: true, type: "notebook" }).then(
      ({ content }) => content as unknown,
      () => ({}),
    );
  }

  #entry({ path, title, sentence }: Introduction & { path: string }): HTMLElement {
    const item = element("li", {});
    const button = element("button", { type: "button", title: path });
    button.append(
      element("strong", { textContent: title }),
      element("span", { textContent: sentence }),
      element("small", { textContent: path }),
    );
    button.addEventListener("click", () => void this.#commands.execute("docmanager:open", { path }));
    item.append(button);
    return item;
  }

  #button(textContent: string, command: string, args: Record<string, string>): HTMLElement {
    const button = element("button", { type: "button", textContent });
    button.addEventListener("click", () => void this.#commands.execute(command, args));
    return button;
  }
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), properties);
}
