import { startLanguageServer, type LanguageServer } from "./language-server.ts";
import { firstFile, type Project } from "./project.ts";

/** The place of the language server: started when it is first asked for, again when it has died, and never in the way. */
export interface ServerSlot {
  /** Whether it has answered before, so that an answer comes soon. */
  isWarm(): boolean;
  /** Starts it where it does not run. Resolves when it is warm; to false where it cannot be had. */
  start(): Promise<boolean>;
  /**
   * Asks, and waits for at most so many milliseconds.
   * @returns undefined where no answer came: the server is slow, or has ended
   */
  ask<Answer>(method: string, parameters: object, milliseconds: number): Promise<Answer | undefined>;
  tell(method: string, parameters: object): void;
  end(): void;
}

export interface ServerHooks {
  started(pid: number): void;
}

/** Times that a server which died soon is started again. */
const mostRestarts = 3;
/** One that lived for this long, milliseconds, has not died of how it was started. */
const longLife = 60_000;
/**
 * A request that is not answered for this long, milliseconds, means that the server hangs: it is ended. On a crowded
 * machine the first check of large packages alone takes more than ten seconds.
 */
const hangs = 30_000;

export function createServerSlot(folder: string, project: Project, hooks: ServerHooks): ServerSlot {
  let server: LanguageServer | undefined;
  let warm = false;
  let starting: Promise<boolean> | undefined;
  let starts = 0;
  let ended = false;

  async function launch(): Promise<boolean> {
    try {
      const next = await startLanguageServer(folder);
      if (ended) return (next.end(), false);
      server = next;
      const born = performance.now();
      hooks.started(next.pid);
      void next.ended.then(() => {
        if (server !== next) return;
        if (performance.now() - born > longLife) starts = 0;
        server = undefined;
        warm = false;
        starting = undefined;
        project.connect(undefined);
      });
      project.connect(next);
      // The first question is the slow one: libraries are read and bound for it.
      await next.ask("textDocument/hover", {
        textDocument: { uri: project.uri(firstFile) },
        position: { line: 0, character: 0 },
      });
      return (warm = server === next);
    } catch {
      starting = undefined;
      return false;
    }
  }
  const start = (): Promise<boolean> => {
    if (starting) return starting;
    if (ended || starts > mostRestarts) return Promise.resolve(false);
    starts++;
    return (starting = launch());
  };
  return {
    isWarm: () => warm,
    start,
    async ask<Answer>(method: string, parameters: object, milliseconds: number) {
      const of = server;
      if (!warm || !of) return undefined;
      const hanging = setTimeout(() => of.end(), hangs);
      const answer = of.ask<Answer>(method, parameters).finally(() => clearTimeout(hanging));
      return within(answer, milliseconds);
    },
    tell: (method, parameters) => server?.tell(method, parameters),
    end() {
      ended = true;
      server?.end();
    },
  };
}

/** What a promise gives, undefined where it rejects or takes longer than that, milliseconds. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, milliseconds, undefined)));
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
