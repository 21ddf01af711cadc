import { answered, type Requests } from "./requests.ts";

export type Factory = (
  load: (name: string, names?: unknown) => Promise<object>,
  require: (name: string) => object,
  meta: object,
) => unknown;

/**
 * The modules of a run: predefined packages, evaluated in this context when first imported, and the frame's own header
 * modules.
 */
export class Modules {
  #requests: Requests;
  /** Packages whose code is here, by name. Evaluated once, when somebody imports them. */
  #packages = new Map<string, () => object>();
  #headers: Record<string, Factory> = {};
  #loaded = new Map<string, object>();
  #loading = new Map<string, Promise<object>>();

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  addPackage(name: string, evaluate: () => object): void {
    this.#packages.set(name, evaluate);
  }

  setHeaders(headers: Record<string, Factory>): void {
    this.#headers = headers;
  }

  /** A package that has been imported, or undefined. */
  loaded(name: string): object | undefined {
    return this.#loaded.get(name);
  }

  /** Runs a module's function and gives what it exports. */
  readonly run = async (factory: Factory): Promise<{ exports: object; $entry: unknown }> =>
    (await factory(this.load, this.require, { __proto__: null, url: "fused:udf" })) as {
      exports: object;
      $entry: unknown;
    };

  /** The namespace of a module that is here already: what `require` gives. */
  readonly require = (name: string): object => {
    const loaded = this.#loaded.get(name) ?? this.#evaluate(name);
    if (loaded) return loaded;
    throw new ModuleError(`require("${name}") found no such module loaded. Use await import("${name}").`);
  };

  /**
   * The namespace of a module, fetched from the host where it is not here.
   * @param names what an `import { … }` takes; one that is missing is a SyntaxError, as in any module
   */
  readonly load = async (name: unknown, names?: unknown): Promise<object> => {
    const key = String(name);
    const loading = this.#loading.get(key) ?? this.#find(key);
    this.#loading.set(key, loading);
    const module = await loading;
    if (Array.isArray(names))
      for (const each of names as string[]) if (!(each in module)) throw missingExport(key, each);
    return module;
  };

  async #find(name: string): Promise<object> {
    if (Object.hasOwn(this.#headers, name)) {
      const exports = (await this.run(this.#headers[name]!)).exports as Record<string, object>;
      return namespace(exports[bundleNamespace] ?? exports);
    }
    const here = this.#loaded.get(name) ?? this.#evaluate(name);
    if (here) return here;
    const { detail, body } = await answered(this.#requests.ask("import", name));
    const [kind, text] = [detail.slice(0, 4), detail.slice(4)];
    if (kind === "json") return this.#keep(name, asModule(JSON.parse(text) as object));
    if (kind === "text") return this.#keep(name, asModule(text));
    if (kind === "data") return this.#keep(name, asModule(body));
    return this.#evaluate(name)!;
  }

  #evaluate(name: string): object | undefined {
    const evaluate = this.#packages.get(name);
    return evaluate && this.#keep(name, namespace(evaluate()));
  }

  #keep(name: string, module: object): object {
    this.#loaded.set(name, module);
    return module;
  }
}

function missingExport(module: string, name: string): SyntaxError {
  return new SyntaxError(`The requested module '${module}' does not provide an export named '${name}'.`);
}

/** A module that is a bundled package exports all that the package does as this one (fused/imports/bundle-package.ts). */
const bundleNamespace = "$fused_namespace";

export class ModuleError extends Error {
  override name = "ModuleError";
}

/** A namespace as `import` gives it. A package that exports no default has itself as one, as CommonJS would. */
function namespace(exports: object): object {
  const made: Record<string | symbol, unknown> = { __proto__: null, ...exports };
  made.default ??= made;
  return Object.defineProperty(made, Symbol.toStringTag, { value: "Module" });
}

/** A module that is one datum. The members of an object are there by name too. */
function asModule(value: unknown): object {
  const members =
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype ? value : {};
  return namespace({ ...members, default: value });
}
