import { FusedError } from "./errors.ts";

/** A magic of one's own; `magics/magic.ts` describes the call and the session in full. */
export interface UserMagic {
  name: string;
  aliases?: string[];
  kinds: ("line" | "cell")[];
  /** One line, for `%lsmagic`. */
  summary?: string;
  /** What `--help` prints. */
  usage?: string;
  /** The body of the cell is TypeScript of the notebook rather than text of its own. */
  bodyIsCode?: boolean;
  // The call and the session are typed where magics live, above this room.
  run(
    call: { name: string; kind: "line" | "cell"; line: string; body: string; assigned: boolean },
    session: never,
  ): unknown;
}

let registry: ((magic: UserMagic) => void) | undefined;

/** Installs who makes magics known to the notebook. */
export function setMagicRegistry(register: (magic: UserMagic) => void): void {
  registry = register;
}

/** Makes a magic known to this notebook: the next cell can use it. @throws FusedError outside a notebook */
export function registerMagic(magic: UserMagic): void {
  if (!registry) throw new FusedError("There is no notebook here that could use a magic.");
  registry(magic);
}
