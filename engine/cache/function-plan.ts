import type { BindingPattern, Expression, FormalParameter, ParamPattern } from "oxc-parser";
import { explainTooDeep } from "../deep-source.ts";

/** What a function's source says of its parameters, plain JSON. */
export interface FunctionPlan {
  name: string;
  parameters: PlannedParameter[];
  /** A rest parameter takes what follows. */
  rest: string | undefined;
}

export interface PlannedParameter {
  /** Undefined where the parameter is a pattern. */
  name: string | undefined;
  /** The default where it is a literal that JSON can hold. */
  default?: { value: unknown };
  /** Names and literal defaults of the members that an object pattern takes out. */
  members?: { name: string; default?: { value: unknown } }[];
}

/** A function that cannot be cached: its source is not there, or does not parse. */
export class FunctionSourceError extends TypeError {
  override name = "FunctionSourceError";
}

const mostPlans = 500;
const plans = new Map<string, FunctionPlan>();

/**
 * Reads a function's parameters from its source text; kept for the next time.
 * @throws FunctionSourceError
 */
export async function planFunction(source: string): Promise<FunctionPlan> {
  const known = plans.get(source);
  if (known) return known;
  if (/\{\s*\[native code\]\s*\}$/.test(source)) {
    throw new FunctionSourceError(
      "A native or bound function has no source to know it by: wrap it, async (x) => fn(x).",
    );
  }
  const tooDeep = explainTooDeep(source);
  if (tooDeep !== undefined) throw new FunctionSourceError(`${tooDeep}: ${source.slice(0, 80)}`);
  const { parseSync } = await import("oxc-parser");
  const texts = [`(${source}\n)`, `({${source}\n})`, `(class{${source}\n})`];
  for (const text of texts) {
    const { program, errors } = parseSync("fn.ts", text, { lang: "ts", astType: "ts", preserveParens: false });
    const found = errors.length === 0 ? findFunction(program.body[0]) : undefined;
    if (!found) continue;
    const plan = readPlan(found);
    if (plans.size >= mostPlans) plans.delete(plans.keys().next().value!);
    plans.set(source, plan);
    return plan;
  }
  throw new FunctionSourceError(`This is not the source of a function: ${source.slice(0, 80)}`);
}

interface FunctionNode {
  id?: { name: string } | null;
  generator: boolean;
  params: ParamPattern[];
}

function findFunction(statement: unknown): FunctionNode | undefined {
  const { expression } = statement as {
    expression?: { type: string; properties?: unknown[]; body?: { body: unknown[] } };
  };
  if (expression?.type === "ArrowFunctionExpression" || expression?.type === "FunctionExpression") {
    return expression as unknown as FunctionNode;
  }
  const [member] = expression?.properties ?? expression?.body?.body ?? [];
  const { key, value } = Object(member) as { key?: { name?: string }; value?: { type: string } };
  if (value?.type !== "FunctionExpression") return undefined;
  return { ...(value as unknown as FunctionNode), id: key?.name === undefined ? null : { name: key.name } };
}

function readPlan({ id, params, generator }: FunctionNode): FunctionPlan {
  if (generator) throw new FunctionSourceError("A generator cannot be cached: collect its values into an array first.");
  const plan: FunctionPlan = { name: id?.name ?? "", parameters: [], rest: undefined };
  for (const param of params as (ParamPattern | FormalParameter)[]) {
    if (param.type === "RestElement") {
      plan.rest = param.argument.type === "Identifier" ? param.argument.name : "rest";
    } else if (!(param.type === "Identifier" && param.name === "this")) {
      plan.parameters.push(readParameter(param as BindingPattern));
    }
  }
  return plan;
}

function readParameter(param: BindingPattern): PlannedParameter {
  const target = param.type === "AssignmentPattern" ? param.left : param;
  const fallback = param.type === "AssignmentPattern" ? literal(param.right) : undefined;
  const name = target.type === "Identifier" ? target.name : undefined;
  return {
    name,
    ...(fallback && { default: fallback }),
    ...(target.type === "ObjectPattern" && { members: readMembers(target) }),
  };
}

function readMembers({ properties }: Extract<BindingPattern, { type: "ObjectPattern" }>) {
  return properties.flatMap((property) => {
    if (property.type !== "Property" || property.computed) return [];
    const { key, value } = property;
    const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : undefined;
    if (name === undefined) return [];
    const fallback = value.type === "AssignmentPattern" ? literal(value.right) : undefined;
    return [{ name, ...(fallback && { default: fallback }) }];
  });
}

/** The value of an expression that JSON could have written. */
function literal(node: Expression): { value: unknown } | undefined {
  if (node.type === "Literal") {
    return ["string", "number", "boolean"].includes(typeof node.value) || node.raw === "null"
      ? { value: node.value }
      : undefined;
  }
  if (node.type === "UnaryExpression" && node.operator === "-") {
    const inner = literal(node.argument)?.value;
    return typeof inner === "number" && inner !== 0 ? { value: -inner } : undefined;
  }
  if (node.type === "ArrayExpression") {
    const items = node.elements.map((item) => (item && item.type !== "SpreadElement" ? literal(item) : undefined));
    return items.every((item) => item !== undefined) ? { value: items.map(({ value }) => value) } : undefined;
  }
  if (node.type === "ObjectExpression" && node.properties.length === 0) return { value: {} };
  return undefined;
}
