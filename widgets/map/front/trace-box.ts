import type { Transport } from "../../front/transport.ts";
import { element } from "./element.ts";

/** Shows the whole error of a tile, fetched from the kernel, with a button that tries the tile again. */
export function traceBox(
  root: HTMLElement,
  transport: Transport,
  place: string,
  error: { id: string; message: string },
  retry: () => void,
): void {
  root.querySelector(".trace")?.remove();
  const text = element("pre", { tabIndex: 0 }, error.message);
  const unhear = transport.onMessage((kind, fields) => {
    if (kind === "trace" && fields["id"] === error.id) text.textContent = String(fields["text"]);
  });
  const close = (): void => {
    unhear();
    box.remove();
  };
  const again = element("button", { type: "button" }, "Try again");
  again.onclick = () => {
    close();
    retry();
  };
  const shut = element("button", { type: "button", onclick: close }, "Close");
  const box = element(
    "div",
    { className: "trace box", role: "dialog", "aria-label": `Error of tile ${place}` },
    element("b", {}, `Tile ${place}`),
    text,
    element("div", { className: "row" }, again, shut),
  );
  box.onkeydown = (event) => event.key === "Escape" && close();
  root.append(box);
  shut.focus();
  transport.send("trace", { id: error.id });
}
