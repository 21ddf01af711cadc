import { ILabShell, ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { PageConfig } from "@jupyterlab/coreutils";
import { ILauncher } from "@jupyterlab/launcher";
import { logoIcon } from "./brand.ts";
import { WelcomePage } from "./welcome-page.ts";

const command = "fused:welcome";

/** The page that opens at the first start: what is here, and which tutorials there are. */
export const welcome: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:welcome",
  description: "Opens the welcome page.",
  autoStart: true,
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
  ) => {
    const tracker = new WidgetTracker<MainAreaWidget<WelcomePage>>({ namespace: "fused-welcome" });
    app.commands.addCommand(command, {
      label: "Welcome",
      caption: "What is here, and the tutorials",
      icon: logoIcon,
      execute: () => {
        const open = tracker.find((each) => !each.isDisposed);
        const page = open ?? newPage(app);
        if (!page.isAttached) {
          app.shell.add(page, "main");
          void tracker.add(page);
        }
        app.shell.activateById(page.id);
        return page;
      },
    });
    palette?.addItem({ command, category: "Help" });
    launcher?.add({ command, category: "Other", rank: 0 });
    // JupyterLab has such cards for the languages that it knows kernels of.
    launcher?.add({
      command: "fileeditor:create-new",
      category: "Other",
      rank: 0.5,
      args: {
        fileExt: "ts",
        iconName: logoIcon.name,
        launcherLabel: "TypeScript File",
        caption: "A module to import in cells and UDFs",
      },
    });
    void restorer?.restore(tracker, { command, name: () => "welcome" });

    // Nothing was open before, and no address names a file: this is a first start.
    void app.restored.then(() => {
      if (!shell || shell.mode !== "multiple-document" || PageConfig.getOption("treePath") !== "") return;
      const open = [...shell.widgets("main")];
      if (open.every(({ id }) => id.startsWith("launcher"))) {
        void app.commands.execute(command);
        for (const each of open) each.close();
      }
    });
  },
};

function newPage(app: JupyterFrontEnd): MainAreaWidget<WelcomePage> {
  const page = new MainAreaWidget({ content: new WelcomePage(app.serviceManager.contents, app.commands, app.version) });
  page.id = "fused-welcome";
  page.title.label = "Welcome";
  page.title.icon = logoIcon;
  page.title.closable = true;
  return page;
}
