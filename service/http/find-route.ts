import { badRequest, HttpError } from "./http-error.ts";
import type { Route } from "./route.ts";

interface Node {
  exact: Map<string, Node>;
  any?: Node;
  /** Routes by method that end here, with the names of the parts they caught. */
  routes: Map<string, Ending>;
  /** Routes by method that take all that is left. */
  rest: Map<string, Ending>;
}

interface Ending {
  route: Route;
  names: string[];
}

export interface Found {
  route: Route;
  params: Record<string, string>;
}

/** Finds routes by method and path; HEAD is served by GET. */
export function compileRoutes(routes: Route[]): (method: string, path: string) => Found {
  const root = emptyNode();
  for (const route of routes) add(root, route);
  return (method, path) => {
    const parts = path.split("/");
    const caught: string[] = [];
    const allowed = new Set<string>();
    const ending = find(root, parts, 1, method === "HEAD" ? "GET" : method, caught, allowed);
    if (ending) return { route: ending.route, params: paramsOf(ending.names, caught) };
    if (allowed.size > 0) {
      const methods = [...allowed].join(", ");
      throw new HttpError(
        405,
        "MethodNotAllowed",
        `${method} is not possible here: ${methods}.`,
        {},
        { Allow: methods },
      );
    }
    throw new HttpError(404, "NotFound", "There is nothing at this address.");
  };
}

const emptyNode = (): Node => ({ exact: new Map(), routes: new Map(), rest: new Map() });

function add(root: Node, route: Route): void {
  const names: string[] = [];
  let node = root;
  for (const part of route.path.split("/").slice(1)) {
    if (part.startsWith("*")) {
      names.push(part.slice(1));
      node.rest.set(route.method, { route, names });
      return;
    }
    if (part.startsWith(":")) {
      names.push(part.slice(1));
      node = node.any ??= emptyNode();
    } else {
      const next = node.exact.get(part) ?? emptyNode();
      node.exact.set(part, next);
      node = next;
    }
  }
  if (node.routes.has(route.method)) throw new Error(`${route.method} ${route.path} is there twice`);
  node.routes.set(route.method, { route, names });
}

function find(
  node: Node,
  parts: string[],
  at: number,
  method: string,
  caught: string[],
  allowed: Set<string>,
): Ending | undefined {
  if (at === parts.length) return pick(node.routes, method, allowed);
  const part = parts[at]!;
  const next = node.exact.get(part);
  if (next) {
    const found = find(next, parts, at + 1, method, caught, allowed);
    if (found) return found;
  }
  if (node.any && part !== "") {
    caught.push(part);
    const found = find(node.any, parts, at + 1, method, caught, allowed);
    if (found) return found;
    caught.pop();
  }
  const rest = pick(node.rest, method, allowed);
  if (rest) caught.push(parts.slice(at).join("/"));
  return rest;
}

function pick(endings: Map<string, Ending>, method: string, allowed: Set<string>): Ending | undefined {
  const ending = endings.get(method);
  if (!ending) for (const name of endings.keys()) allowed.add(name);
  return ending;
}

function paramsOf(names: string[], caught: string[]): Record<string, string> {
  const params: Record<string, string> = {};
  names.forEach((name, i) => (params[name] = decodePart(caught[i]!)));
  return params;
}

function decodePart(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`"${part.slice(0, 100)}" is not a properly encoded part of an address.`);
  }
}
