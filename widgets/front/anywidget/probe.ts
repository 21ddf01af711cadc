import type { AnyModel } from "./model-comms.ts";

/** Says that this front end draws anywidget's models: run where one becomes known, before any is shown. */
export default {
  initialize({ model }: { model: AnyModel }): void {
    model.send({ draws: true });
  },
};
