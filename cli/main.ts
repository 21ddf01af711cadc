import { nearestName } from "../fused/nearest-name.ts";
import { packageVersion } from "../kernelspec/package-version.ts";
import { UsageError } from "./arguments.ts";

interface Command {
  summary: string;
  /** Loads the command's own file: nothing is loaded that is not asked for. */
  load(): Promise<{ help: string; run(words: string[]): Promise<number> }>;
}

const commands: Record<string, Command> = {
  install: {
    summary: "make the kernel known to Jupyter",
    load: async () => {
      const { installCommand, installHelp } = await import("./kernelspec-commands.ts");
      return { run: installCommand, help: installHelp };
    },
  },
  uninstall: {
    summary: "undo install",
    load: async () => {
      const { uninstallCommand, uninstallHelp } = await import("./kernelspec-commands.ts");
      return { run: uninstallCommand, help: uninstallHelp };
    },
  },
  kernel: {
    summary: "run the kernel for a Jupyter client's connection file",
    load: async () => {
      const { kernelCommand, kernelHelp } = await import("./kernel-command.ts");
      return { run: kernelCommand, help: kernelHelp };
    },
  },
  lab: {
    summary: "open JupyterLab in the browser, without Python",
    load: async () => {
      const { labCommand, labHelp } = await import("./lab-command.ts");
      return { run: labCommand, help: labHelp };
    },
  },
  service: {
    summary: "serve UDFs over HTTP: endpoints, jobs, files",
    load: async () => {
      const { serviceCommand, serviceHelp } = await import("./service-command.ts");
      return { run: serviceCommand, help: serviceHelp };
    },
  },
  worker: {
    summary: "add this machine to a service: it takes batch jobs",
    load: async () => {
      const { workerCommand, workerHelp } = await import("./worker-command.ts");
      return { run: workerCommand, help: workerHelp };
    },
  },
  run: {
    summary: "run a notebook; write it with outputs, or as a page",
    load: async () => {
      const { runCommand, runHelp } = await import("./run.ts");
      return { run: runCommand, help: runHelp };
    },
  },
  exec: {
    summary: "run one cell from the shell and print its value",
    load: async () => {
      const { execCommand, execHelp } = await import("./exec.ts");
      return { run: execCommand, help: execHelp };
    },
  },
  doctor: {
    summary: "say what is found, what is missing and how to get it",
    load: async () => {
      const { doctorCommand, doctorHelp } = await import("./doctor.ts");
      return { run: doctorCommand, help: doctorHelp };
    },
  },
  help: {
    summary: "show this, or the help of a command",
    load: async () => ({ run: helpCommand, help: overview() }),
  },
  version: {
    summary: "show the versions of the package and of Node",
    load: async () => ({ run: versionCommand, help: "Usage: fused-kernel version" }),
  },
};

/** Runs one command line. @returns the exit code: 0, 1 for a failure, 2 for a line that cannot be understood */
async function main(words: string[]): Promise<number> {
  const [word, ...rest] = words;
  if (word === undefined) {
    console.error(overview());
    return 2;
  }
  const name = { "--help": "help", "-h": "help", "--version": "version", "-v": "version" }[word] ?? word;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const near = nearestName(name, Object.keys(commands));
    const next = near ? `Did you mean: fused-kernel ${near}` : `Commands: ${Object.keys(commands).join(", ")}`;
    console.error(`fused-kernel: unknown command "${name}". ${next}`);
    return 2;
  }
  const { run, help } = await command.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(help);
    return 0;
  }
  try {
    return await run(rest);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`fused-kernel ${name}: ${error.message}\nSee: fused-kernel help ${name}`);
      return 2;
    }
    console.error(
      `fused-kernel ${name}: ${process.env.FUSED_KERNEL_DEBUG ? (error as Error).stack : (error as Error).message}`,
    );
    return 1;
  }
}

async function helpCommand(words: string[]): Promise<number> {
  const [word] = words;
  if (word === undefined) {
    console.log(overview());
    return 0;
  }
  return main([word, "--help"]);
}

async function versionCommand(): Promise<number> {
  console.log(`fused-kernel ${packageVersion()}, Node ${process.version}`);
  return 0;
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`);
  return `fused-kernel ${packageVersion()}: a TypeScript kernel for Jupyter whose cells become UDFs over map tiles

Usage: fused-kernel COMMAND [options]

${lines.join("\n")}

Options of a command: fused-kernel help COMMAND`;
}

process.exitCode = await main(process.argv.slice(2));
