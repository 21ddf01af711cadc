import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http-error.ts";

/** Method, pattern of the encoded path (whole), what answers. */
export type Route = [method: string, pattern: string, answer: (exchange: Exchange) => void | Promise<void>];

export type Dispatch = (exchange: Omit<Exchange, "params">) => Promise<void>;

/** The first route that fits answers. @throws (on dispatch) HttpError 404, 405 */
export function compileRoutes(routes: Route[]): Dispatch {
  const compiled = routes.map(([method, pattern, answer]) => ({
    method,
    pattern: new RegExp(`^${pattern}/?$`),
    answer,
  }));
  return async (exchange) => {
    let elsewhere = false;
    for (const { method, pattern, answer } of compiled) {
      const match = pattern.exec(exchange.path);
      if (!match) continue;
      elsewhere = true;
      if (method !== exchange.method) continue;
      return answer({ ...exchange, params: match.slice(1) });
    }
    if (elsewhere) throw new HttpError(405, `${exchange.method} is not possible here`);
    throw new HttpError(404, `there is nothing at ${exchange.path}`);
  };
}
