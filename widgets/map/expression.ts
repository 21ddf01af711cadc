/** Evaluates an expression for one feature, whose properties it reads by name. */
export type Expression = (property: (name: string) => unknown) => unknown;

type Token = { kind: "number" | "text" | "name" | "sign"; text: string };

const signs = ["===", "!==", "==", "!=", "<=", ">=", "&&", "||", "??", ..."+-*/%<>!?:,()[]."];

/**
 * Reads what stands behind `@@=` in deck.gl JSON: arithmetic, comparison, `&& || !`, conditions, lists, and properties
 * as `properties.name` or plain `name`. Nothing else can be said in it, so nothing else can happen.
 * @throws SyntaxError where it is none, naming the place
 */
export function readExpression(text: string): Expression {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = (): string => (tokens[at]?.kind === "sign" ? tokens[at]!.text : "");
  const fail = (): never => {
    throw new SyntaxError(
      `In the expression "${text}": ${tokens[at] ? `"${tokens[at]!.text}" is not expected` : "something is missing at the end"}.`,
    );
  };
  const take = (sign: string): void => {
    if (peek() !== sign) fail();
    at++;
  };

  const conditional = (): Expression => {
    const test = binary(0);
    if (peek() !== "?") return test;
    at++;
    const yes = conditional();
    take(":");
    const no = conditional();
    return (of) => (test(of) ? yes(of) : no(of));
  };
  const binary = (level: number): Expression => {
    if (level === levels.length) return unary();
    let left = binary(level + 1);
    for (let apply = levels[level]![peek()]; apply; apply = levels[level]![peek()]) {
      at++;
      const [a, b, combine] = [left, binary(level + 1), apply];
      left = (of) => combine(a(of), b(of));
    }
    return left;
  };
  const unary = (): Expression => {
    const sign = peek();
    if (sign !== "-" && sign !== "!" && sign !== "+") return member();
    at++;
    const of = unary();
    if (sign === "!") return (each) => !of(each);
    return sign === "-" ? (each) => -Number(of(each)) : (each) => Number(of(each));
  };
  const member = (): Expression => {
    let value = primary();
    for (;;) {
      const of = value;
      if (peek() === ".") {
        at++;
        const { kind, text: name } = tokens[at] ?? fail();
        if (kind !== "name") fail();
        at++;
        value = (each) => memberOf(of(each), name);
      } else if (peek() === "[") {
        at++;
        const index = conditional();
        take("]");
        value = (each) => memberOf(of(each), String(index(each)));
      } else return value;
    }
  };
  const primary = (): Expression => {
    const token = tokens[at] ?? fail();
    if (token.text === "(" && token.kind === "sign") {
      at++;
      const inner = conditional();
      take(")");
      return inner;
    }
    if (token.text === "[" && token.kind === "sign") return list();
    at++;
    if (token.kind === "number") return () => Number(token.text);
    if (token.kind === "text") return () => token.text;
    if (token.kind !== "name") {
      at--;
      fail();
    }
    return named(token.text);
  };
  const list = (): Expression => {
    const members: Expression[] = [];
    take("[");
    while (peek() !== "]") {
      members.push(conditional());
      if (peek() === ",") at++;
      else if (peek() !== "]") fail();
    }
    at++;
    return (of) => members.map((each) => each(of));
  };
  const named = (name: string): Expression => {
    const constants: Record<string, unknown> = { true: true, false: false, null: null, undefined: null };
    if (Object.hasOwn(constants, name)) return () => constants[name];
    if ((name === "properties" || name === "object" || name === "d") && peek() === ".") {
      at++;
      const { kind, text: key } = tokens[at] ?? fail();
      if (kind !== "name") fail();
      at++;
      if (key === "properties" && peek() === ".") return named(key);
      return (property) => property(key);
    }
    return (property) => property(name);
  };

  const expression = conditional();
  if (at < tokens.length) fail();
  return expression;
}

const levels: Record<string, ((a: unknown, b: unknown) => unknown) | undefined>[] = [
  { "??": (a, b) => a ?? b, "||": (a, b) => a || b },
  { "&&": (a, b) => a && b },
  {
    "===": (a, b) => a === b,
    "!==": (a, b) => a !== b,
    "==": (a, b) => a === b || String(a) === String(b),
    "!=": (a, b) => a !== b && String(a) !== String(b),
  },
  {
    "<": (a, b) => (a as number) < (b as number),
    ">": (a, b) => (a as number) > (b as number),
    "<=": (a, b) => (a as number) <= (b as number),
    ">=": (a, b) => (a as number) >= (b as number),
  },
  {
    "+": (a, b) =>
      typeof a === "string" || typeof b === "string" ? `${String(a)}${String(b)}` : Number(a) + Number(b),
    "-": (a, b) => Number(a) - Number(b),
  },
  { "*": (a, b) => Number(a) * Number(b), "/": (a, b) => Number(a) / Number(b), "%": (a, b) => Number(a) % Number(b) },
];

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return name === "length" ? value.length : (value[Number(name)] as unknown);
  if (typeof value === "string") return name === "length" ? value.length : value[Number(name)];
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : null;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const number = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i.exec(rest)?.[0];
    const name = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(rest)?.[0];
    const quoted = /^"([^"\\]*)"|^'([^'\\]*)'/.exec(rest);
    const sign = signs.find((each) => rest.startsWith(each));
    let length: number;
    if (number) length = tokens.push({ kind: "number", text: number }) && number.length;
    else if (name) length = tokens.push({ kind: "name", text: name }) && name.length;
    else if (quoted) length = tokens.push({ kind: "text", text: quoted[1] ?? quoted[2]! }) && quoted[0].length;
    else if (sign) length = tokens.push({ kind: "sign", text: sign }) && sign.length;
    else throw new SyntaxError(`In the expression "${text}": ${rest.slice(0, 10)} cannot be read.`);
    rest = rest.slice(length).trimStart();
  }
  return tokens;
}
