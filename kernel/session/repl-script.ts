import MagicString from "magic-string";
import { parseSync, type Program, type Statement } from "oxc-parser";
import { childNodes, type AnyNode } from "./syntax-tree.ts";

/**
 * Rewrites the JavaScript of a cell so that V8's REPL mode and an inspector script can take it:
 *
 * - top-level `const`, `let` and `class` become `var`, since REPL mode refuses to declare a name again as another kind;
 * - `import` becomes a call of the session (an inspector script has no import callback), and so does `import()`;
 * - `export` goes;
 * - what a cell awaits goes through the session, so that an interrupted cell does not go on;
 * - functions that may become UDFs keep their TypeScript text.
 */
export function toReplScript(code: string, typescript: string, lang: "ts" | "tsx"): { js: string; map: () => string } {
  const { program, module } = parseSync("cell.js", code, { lang: "js", sourceType: "module" });
  const edit = new MagicString(code);
  const sources = functionSources(program, code, typescript, lang);

  // First: where an await ends with the function around it, its parenthesis is the inner one.
  if (code.includes("await")) guardAwaits(program as unknown as AnyNode, edit);
  for (const statement of program.body) rewriteStatement(statement, edit, code, typescript);
  const last = program.body.at(-1);
  if (last?.type === "ExpressionStatement" && !("directive" in last && last.directive)) {
    edit.prependLeft(last.expression.start, "__fused.held((").appendRight(last.expression.end, "))");
  }
  for (const { start } of module.dynamicImports) edit.overwrite(start, start + "import".length, "__fused.import");
  for (const { start, end } of module.importMetas) edit.overwrite(start, end, "__fused.meta");
  for (const { argument, text } of sources.calls) {
    edit.prependRight(argument.start, "__fused.source(").appendLeft(argument.end, `, ${JSON.stringify(text)})`);
  }
  for (const { init, name, text } of sources.variables) {
    // As a member of an object the function still gets its name.
    edit
      .prependRight(init.start, `__fused.source({ ${name}: `)
      .appendLeft(init.end, ` }.${name}, ${JSON.stringify(text)})`);
  }
  const named = sources.declarations.map(({ name, text }) => `__fused.source(${name}, ${JSON.stringify(text)});`);
  edit.prepend(named.join(""));
  return { js: edit.toString(), map: () => edit.generateMap({ hires: true }).toString() };
}

function guardAwaits(node: AnyNode, edit: MagicString): void {
  const guarded =
    node.type === "AwaitExpression"
      ? { by: "live", value: node.argument as AnyNode }
      : node.type === "ForOfStatement" && node.await === true
        ? { by: "liveEach", value: node.right as AnyNode }
        : undefined;
  if (guarded) edit.prependLeft(guarded.value.start, `__fused.${guarded.by}(`).appendLeft(guarded.value.end, ")");
  for (const child of childNodes(node)) guardAwaits(child, edit);
}

function rewriteStatement(statement: Statement, edit: MagicString, code: string, typescript: string): void {
  switch (statement.type) {
    case "VariableDeclaration": {
      if (statement.kind !== "const" && statement.kind !== "let" && statement.kind !== "var") return;
      const { start } = statement;
      edit.overwrite(start, start + statement.kind.length, "var".padEnd(statement.kind.length));
      for (const { id, init, end } of statement.declarations) {
        if (!init && statement.kind !== "var") edit.appendLeft(end, " = undefined");
        if (init && id.type === "Identifier") forgetOldEnum(init as AnyNode, id.name, edit);
      }
      return;
    }
    case "ClassDeclaration":
      edit.appendRight(statement.start, `var ${statement.id!.name} = `).appendLeft(statement.end, ";");
      return;
    case "ImportDeclaration":
      edit.overwrite(
        statement.start,
        statement.end,
        importCall(statement, code, typescript) + newlines(code, statement),
      );
      return;
    case "ExportNamedDeclaration":
      if (statement.declaration) {
        edit.remove(statement.start, statement.declaration.start);
        rewriteStatement(statement.declaration as Statement, edit, code, typescript);
      } else {
        const source = statement.source ? `await __fused.import(${statement.source.raw});` : "";
        edit.overwrite(statement.start, statement.end, source + newlines(code, statement));
      }
      return;
    case "ExportDefaultDeclaration": {
      const { declaration } = statement;
      const named = "id" in declaration && declaration.id;
      edit.remove(statement.start, declaration.start);
      if (!named) edit.prependRight(declaration.start, "(").appendLeft(declaration.end, ")");
      else if (declaration.type === "ClassDeclaration")
        rewriteStatement(declaration as Statement, edit, code, typescript);
      return;
    }
    case "ExportAllDeclaration":
      edit.overwrite(
        statement.start,
        statement.end,
        `await __fused.import(${statement.source.raw});${newlines(code, statement)}`,
      );
      return;
    default:
  }
}

const newlines = (code: string, { start, end }: { start: number; end: number }): string =>
  code.slice(start, end).replace(/[^\n]/g, "");

/**
 * `import d, { a as b } from "m"` as a `var` of what the session's import gives. Names that the module must have are
 * handed over, but for those that the cell uses as types alone: TypeScript would leave these out of the import.
 */
function importCall(
  statement: Extract<Statement, { type: "ImportDeclaration" }>,
  code: string,
  typescript: string,
): string {
  const { specifiers, source, attributes } = statement;
  const needed = specifiers.flatMap((s) => {
    const name = s.type === "ImportDefaultSpecifier" ? "default" : importedName(s);
    return name === undefined || isOnlyType(s.local.name, code, typescript) ? [] : [name];
  });
  const given =
    attributes.length > 0 ? `{ with: { ${attributes.map((a) => code.slice(a.start, a.end)).join(", ")} } }` : "";
  const more = needed.length > 0 ? `, ${given || "undefined"}, ${JSON.stringify(needed)}` : given && `, ${given}`;
  const call = `await __fused.import(${source.raw}${more})`;
  if (specifiers.length === 0) return `${call};`;
  const whole = specifiers.find((s) => s.type === "ImportNamespaceSpecifier");
  const names = specifiers.flatMap((s) => {
    if (s.type === "ImportDefaultSpecifier") return [`default: ${s.local.name}`];
    if (s.type !== "ImportSpecifier") return [];
    const imported = s.imported.type === "Identifier" ? s.imported.name : s.imported.raw;
    return [imported === s.local.name ? s.local.name : `${imported}: ${s.local.name}`];
  });
  if (!whole) return `var { ${names.join(", ")} } = ${call};`;
  const rest = names.length > 0 ? `, { ${names.join(", ")} } = ${whole.local.name}` : "";
  return `var ${whole.local.name} = ${call}${rest};`;
}

type ImportSpecifier = Extract<Statement, { type: "ImportDeclaration" }>["specifiers"][number];

function importedName(specifier: ImportSpecifier): string | undefined {
  if (specifier.type !== "ImportSpecifier") return undefined;
  return specifier.imported.type === "Identifier" ? specifier.imported.name : specifier.imported.value;
}

/** Whether a cell mentions a name in its TypeScript, and no more in its JavaScript but for the import itself. */
function isOnlyType(name: string, code: string, typescript: string): boolean {
  const mentions = (text: string) =>
    text.split(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`)).length - 1;
  return mentions(typescript) > mentions(code) && mentions(code) === 1;
}

/** An enum compiles to `var E = function(E) {…}(E || {})`: run again it must not keep the members of its last version. */
function forgetOldEnum(init: AnyNode, name: string, edit: MagicString): void {
  const argument = init.type === "CallExpression" ? (init.arguments as AnyNode[])[0] : undefined;
  if (argument?.type !== "LogicalExpression") return;
  const left = argument.left as AnyNode;
  if (left.type === "Identifier" && left.name === name) edit.overwrite(argument.start, argument.end, "{}");
}

interface FunctionSources {
  /** Function literals given to `udf(…)`, as they stand in the JavaScript, with their TypeScript text. */
  calls: { argument: AnyNode; text: string }[];
  /** Functions that a top-level variable is made with, as they stand in the JavaScript. */
  variables: { init: AnyNode; name: string; text: string }[];
  /** Functions declared at top level. */
  declarations: { name: string; text: string }[];
}

/**
 * A UDF's parameters are read from its annotations, which the running function no longer has: where a cell makes a UDF of
 * a function, the function remembers its text. Erasing types neither adds nor reorders calls, so they match by position.
 */
function functionSources(program: Program, code: string, typescript: string, lang: "ts" | "tsx"): FunctionSources {
  const none = { calls: [], variables: [], declarations: [] };
  if (!/\bfunction\b|\budf\b|=>/.test(typescript)) return none;
  const typed = parseSync(`cell.${lang}`, typescript, { lang, sourceType: "module" }).program;
  const before = udfArguments(typed as unknown as AnyNode);
  const after = udfArguments(program as unknown as AnyNode);
  const calls =
    before.length === after.length
      ? after.map((argument, i) => ({ argument, text: typescript.slice(before[i]!.start, before[i]!.end) }))
      : [];
  const declarations = typed.body.flatMap((statement) => {
    const node = (
      statement.type.startsWith("Export") && "declaration" in statement ? statement.declaration : statement
    ) as AnyNode | null;
    if (node?.type !== "FunctionDeclaration" || !node.id) return [];
    const text = typescript.slice(node.start, node.end);
    return code.includes(text) ? [] : [{ name: (node.id as AnyNode).name as string, text }];
  });
  const typedVariables = functionVariables(typed);
  const variables = functionVariables(program).flatMap(({ init, name }, i) => {
    const from = typedVariables[i];
    if (from?.name !== name) return [];
    const text = typescript.slice(from.init.start, from.init.end);
    return code.includes(text) ? [] : [{ init, name, text }];
  });
  return { calls, variables, declarations };
}

/** Top-level variables that a cell makes with a function literal. */
function functionVariables({ body }: Program): { init: AnyNode; name: string }[] {
  return body.flatMap((statement) => {
    const node = (statement.type === "ExportNamedDeclaration" ? statement.declaration : statement) as AnyNode | null;
    if (node?.type !== "VariableDeclaration") return [];
    return (node.declarations as AnyNode[]).flatMap(({ id, init }) => {
      const literal = init as AnyNode | null;
      if (literal?.type !== "ArrowFunctionExpression" && literal?.type !== "FunctionExpression") return [];
      const target = id as AnyNode;
      return target.type === "Identifier" ? [{ init: literal, name: target.name as string }] : [];
    });
  });
}

function udfArguments(root: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  const visit = (node: AnyNode): void => {
    if (node.type === "CallExpression") {
      const callee = node.callee as AnyNode;
      const name = callee.type === "MemberExpression" ? (callee.property as AnyNode).name : callee.name;
      const argument = (node.arguments as AnyNode[])[0];
      if (name === "udf" && (argument?.type === "FunctionExpression" || argument?.type === "ArrowFunctionExpression")) {
        found.push(argument);
      }
    }
    for (const child of childNodes(node)) visit(child);
  };
  visit(root);
  return found;
}

/** The text of a function as it stood in its cell, from what `Function.prototype.toString` gives of the rewritten one. */
export function withoutRewriting(text: string): string {
  // A method or an async arrow is no statement: in parentheses, or as a member, every form parses.
  for (const [before, after] of [
    ["(", ")"],
    ["({", "})"],
  ] as const) {
    const whole = before + text + after;
    const { program, errors } = parseSync("function.js", whole, { lang: "js", sourceType: "module" });
    if (errors.length > 0) continue;
    const edit = new MagicString(whole);
    const visit = (node: AnyNode): void => {
      if (node.type === "CallExpression" && /^__fused\.live(Each)?$/.test(textOf(node.callee as AnyNode))) {
        const [value] = node.arguments as AnyNode[];
        edit.remove(node.start, value!.start).remove(value!.end, node.end);
      }
      for (const child of childNodes(node)) visit(child);
    };
    const textOf = ({ start, end }: AnyNode) => whole.slice(start, end);
    visit(program as unknown as AnyNode);
    return edit.toString().slice(before.length, -after.length);
  }
  return text;
}
