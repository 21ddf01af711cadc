import type { NamedWidget } from "../../widget-payload.ts";
import { loaderKernel, showLive, type LoaderKernel } from "../loader/show-live.ts";
import { modelComms, type AnyModel } from "./model-comms.ts";

/**
 * What the kernel gives anywidget to load (`_esm`) for a display: the code of the widgets comes over the model's own
 * comm, since nothing else is sure to reach the kernel.
 */
const kernels = new WeakMap<AnyModel, LoaderKernel>();

function kernelOf(model: AnyModel): LoaderKernel {
  let kernel = kernels.get(model);
  if (!kernel) {
    kernel = loaderKernel(modelComms(model), String(model.get("kernel")));
    kernels.set(model, kernel);
  }
  return kernel;
}

export default {
  async render({ model, el }: { model: AnyModel; el: HTMLElement }): Promise<() => void> {
    const [picture, text] = [model.get("picture"), model.get("text")].map(
      (each) => (each as string | null) ?? undefined,
    );
    if (picture) {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      image.alt = text ?? "";
      image.style.maxWidth = "100%";
      el.append(image);
    } else el.append(text ?? "");
    let isGone = false;
    const showing = showLive(kernelOf(model), model.get("widgets") as NamedWidget[], () => el, { picture, text });
    void showing.then((shown) => isGone && shown?.dispose()).catch((error: Error) => console.warn(error.message));
    return () => {
      isGone = true;
      void showing.then((shown) => shown?.dispose()).catch(() => {});
    };
  },
};
