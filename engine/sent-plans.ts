import type { RunPlan } from "./engine-protocol.ts";
import type { RunRequest } from "./run-types.ts";

const mostPlans = 64;

/** A request without its parameters, as the host has been told of it. */
interface SentPlan {
  number: number;
  frame: Uint8Array;
  /** The rest as text, and the very objects it was made of: a fan-out sends the same ones with every run. */
  text: string;
  parts: unknown[];
}

/** What a host has been told about the runs that it is asked for, so that it is told once. */
export class SentPlans {
  #plans = new Map<number, SentPlan>();
  #count = 0;
  #last: SentPlan | undefined;

  /** The number of a request's plan. `tell` is called where the host does not know it yet. */
  find(request: RunRequest, tell: (number: number, plan: RunPlan, forget: number | undefined) => void): number {
    const { frame, limits = {}, network = {}, depth = 0, access, line } = request;
    const parts = [request.limits, request.network, depth, access, line];
    if (this.#last?.frame === frame && this.#last.parts.every((part, i) => part === parts[i])) return this.#last.number;
    const text = JSON.stringify([limits, network, depth, access, line]);
    const known = [...this.#plans.values()].find((each) => each.frame === frame && each.text === text);
    const plan = known ?? { number: ++this.#count, frame, text, parts };
    this.#last = { ...plan, parts };
    this.#plans.delete(plan.number);
    this.#plans.set(plan.number, plan);
    if (!known) tell(plan.number, { limits, network, depth, access, line }, this.#oldest());
    return plan.number;
  }

  #oldest(): number | undefined {
    if (this.#plans.size <= mostPlans) return undefined;
    const [oldest] = this.#plans.keys();
    this.#plans.delete(oldest!);
    return oldest;
  }
}
