import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Dialog, ICommandPalette, showDialog } from "@jupyterlab/apputils";
import { PageConfig, URLExt } from "@jupyterlab/coreutils";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { LabIcon } from "@jupyterlab/ui-components";
import { Widget } from "@lumino/widgets";
import svgstr from "../../../kernelspec/logo-svg.svg";

export const logoIcon: LabIcon = new LabIcon({ name: "fused-kernel:logo", svgstr });

/** Our logo at the top left, in the place of Jupyter's. */
export const logo: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:logo",
  description: "Sets the application's logo.",
  autoStart: true,
  requires: [ILabShell],
  activate: (_app: JupyterFrontEnd, shell: ILabShell) => {
    const widget = new Widget();
    widget.id = "jp-MainLogo";
    logoIcon.element({
      container: widget.node,
      elementPosition: "center",
      margin: "2px 2px 2px 8px",
      height: "auto",
      width: "18px",
    });
    shell.add(widget, "top", { rank: 0 });
  },
};

/** Where the licences of everything that is bundled stand. */
export const noticesUrl = (): string => URLExt.join(PageConfig.getOption("fullStaticUrl"), "notices.txt");

/**
 * `Help > About`: whose software this is. Jupyter's trademark policy (https://jupyter.org/governance/trademarks) lets a
 * product say truthfully that it contains Jupyter's software, as long as that implies no endorsement; it wants changes to that
 * software indicated, and the owner of the name told.
 */
export const about: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:about",
  description: "Says what this lab is made of.",
  autoStart: true,
  optional: [ICommandPalette, IMainMenu],
  activate: ({ commands, name, version }: JupyterFrontEnd, palette: ICommandPalette | null, menu: IMainMenu | null) => {
    commands.addCommand("help:about", {
      label: `About ${name}`,
      execute: () =>
        showDialog({ title: name, body: new AboutBody(version), buttons: [Dialog.okButton({ label: "Close" })] }),
    });
    commands.addCommand("fused:licences", {
      label: "Licences of What Is Bundled",
      execute: () => void window.open(noticesUrl(), "_blank", "noopener"),
    });
    for (const command of ["help:about", "fused:licences"]) palette?.addItem({ command, category: "Help" });
    menu?.helpMenu.addGroup(
      [{ command: "fused:welcome" }, { command: "help:about" }, { command: "fused:licences" }],
      0,
    );
  },
};

class AboutBody extends Widget {
  constructor(version: string) {
    super();
    this.addClass("fused-about");
    logoIcon.element({
      container: this.node.appendChild(document.createElement("div")),
      width: "56px",
      height: "56px",
    });
    const lines = [
      `A notebook for TypeScript, served by the fused-kernel package on this machine.`,
      `Powered by JupyterLab ${version}, © Project Jupyter Contributors: put together from its packages, with changes and additions of ours.`,
      `fused-kernel is no product of Project Jupyter, and not endorsed by it. “Jupyter” and “JupyterLab” are trademarks of LF Charities.`,
    ];
    for (const line of lines) this.node.appendChild(document.createElement("p")).textContent = line;
    const link = this.node.appendChild(document.createElement("a"));
    Object.assign(link, {
      href: noticesUrl(),
      target: "_blank",
      rel: "noopener",
      textContent: "Licences of what is bundled",
    });
  }
}
