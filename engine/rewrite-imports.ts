import { parseSync } from "oxc-parser";
import type MagicString from "magic-string";

type Program = ReturnType<typeof parseSync>["program"];
type Statement = Program["body"][number];
type Pattern = Extract<Statement, { type: "VariableDeclaration" }>["declarations"][number]["id"];

/**
 * Makes a JavaScript module the body of an async function with the parameters `$fused_import` (name, names that the module
 * must have → promise of a namespace), `require` and `$fused_meta`:
 * imports, static and dynamic, become calls, and the body ends by returning `{ exports, $entry }`, `entry` being the export or
 * top-level name asked for. An undefined `entrypoint` says that the code is an expression, whose end is left alone.
 */
export function rewriteImports(text: MagicString, code: string, entrypoint: string | undefined) {
  const { module, program } = lazily(parseSync("udf.js", code, { sourceType: "module" }));
  const requested = new Set(Array.from(code.matchAll(/\brequire\s*\(\s*(["'])(.+?)\1/g), (match) => match[2]!));
  for (const each of module.dynamicImports) {
    text.overwrite(each.start, each.start + "import".length, "$fused_import");
    const literal = /^(["'])(.*)\1$/s.exec(code.slice(each.moduleRequest.start, each.moduleRequest.end));
    if (literal) requested.add(literal[2]!);
  }
  for (const { start, end } of module.importMetas) text.overwrite(start, end, "$fused_meta");
  if (entrypoint === undefined) return { imports: [...requested], names: [], exports: [] };

  const names: string[] = [];
  const hoisted: string[] = [];
  const exported: string[] = [];
  for (const statement of program().body) {
    names.push(...declaredNames(statement));
    if (statement.type === "ImportDeclaration") {
      requested.add(statement.source.value);
      hoisted.push(importCall(statement));
      removeLineByLine(text, code, statement.start, statement.end);
    } else if (statement.type === "ExportAllDeclaration") {
      requested.add(statement.source.value);
      const all = `await $fused_import(${JSON.stringify(statement.source.value)})`;
      exported.push(statement.exported ? `${moduleName(statement.exported)}:${all}` : `...${all}`);
      removeLineByLine(text, code, statement.start, statement.end);
    } else if (statement.type === "ExportNamedDeclaration") {
      if (statement.source) requested.add(statement.source.value);
      exported.push(...exportEntries(statement));
      if (statement.declaration) text.remove(statement.start, statement.declaration.start);
      else removeLineByLine(text, code, statement.start, statement.end);
    } else if (statement.type === "ExportDefaultDeclaration") {
      const { declaration } = statement;
      const isNamed = "id" in declaration && declaration.id && /^(Function|Class)Declaration$/.test(declaration.type);
      if (isNamed && declaration.id && "name" in declaration.id) {
        text.remove(statement.start, declaration.start);
        exported.push(`default:${declaration.id.name}`);
      } else {
        text.overwrite(statement.start, declaration.start, "const $fused_default = ");
        text.appendLeft(statement.end, ";");
        exported.push("default:$fused_default");
      }
    }
  }
  const entry = entryExpression(entrypoint, names);
  text.prepend(hoisted.join(""));
  text.append(`\nconst $fused_exports={${exported.join(",")}};return{exports:$fused_exports,$entry:${entry}};`);
  const exports = exported.map((each) => each.slice(0, each.indexOf(":")).replace(/^"|"$/g, ""));
  return { imports: [...requested], names, exports };
}

/** The syntax tree is costly to hand over: it is read only where it is used. */
function lazily(parsed: ReturnType<typeof parseSync>) {
  return { module: parsed.module, program: () => parsed.program };
}

function entryExpression(entrypoint: string, names: string[]): string {
  const exported = `$fused_exports[${JSON.stringify(entrypoint)}]`;
  return names.includes(entrypoint) ? `${exported}??${entrypoint}` : exported;
}

function importCall(statement: Extract<Statement, { type: "ImportDeclaration" }>): string {
  const named: string[] = [];
  const needed: string[] = [];
  let namespace = "";
  for (const each of statement.specifiers) {
    if (each.type === "ImportNamespaceSpecifier") namespace = each.local.name;
    else if (each.type === "ImportDefaultSpecifier") named.push(`default:${each.local.name}`);
    else {
      named.push(`${moduleName(each.imported)}:${each.local.name}`);
      needed.push(moduleName(each.imported, true));
    }
  }
  const names = needed.length > 0 ? `,[${needed.join(",")}]` : "";
  const call = `await $fused_import(${JSON.stringify(statement.source.value)}${names})`;
  const whole = namespace && `const ${namespace}=${call};`;
  if (named.length > 0) return `${whole}const {${named.join(",")}}=${namespace || call};`;
  return whole || `${call};`;
}

function exportEntries(statement: Extract<Statement, { type: "ExportNamedDeclaration" }>): string[] {
  const entries = statement.declaration ? declaredNames(statement.declaration) : [];
  const from = statement.source && `(await $fused_import(${JSON.stringify(statement.source.value)}))`;
  for (const { local, exported } of statement.specifiers) {
    const value = from ? `${from}[${moduleName(local, true)}]` : (local as { name: string }).name;
    entries.push(`${moduleName(exported)}:${value}`);
  }
  return entries;
}

type ExportName = { type: string; name?: string; value?: unknown };

/** A module's name for something, as a key of an object literal (or always quoted). */
function moduleName(node: ExportName, isQuoted = false): string {
  return node.type === "Identifier" && !isQuoted ? node.name! : JSON.stringify(node.name ?? node.value);
}

function declaredNames(statement: { type: string }): string[] {
  const declaration = statement as Statement;
  switch (declaration.type) {
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return declaration.id ? [declaration.id.name] : [];
    case "VariableDeclaration":
      return declaration.declarations.flatMap(({ id }) => boundNames(id));
    case "ExportNamedDeclaration":
      return declaration.declaration ? declaredNames(declaration.declaration) : [];
    case "ExportDefaultDeclaration":
      return declaredNames(declaration.declaration);
    default:
      return [];
  }
}

function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ArrayPattern":
      return pattern.elements.flatMap((each) =>
        each ? boundNames(each.type === "RestElement" ? each.argument : each) : [],
      );
    case "ObjectPattern":
      return pattern.properties.flatMap((each) => boundNames(each.type === "RestElement" ? each.argument : each.value));
    default:
      return boundNames(pattern.left);
  }
}

/** Removes text but keeps its line ends, so that what follows stays on its line. */
function removeLineByLine(text: MagicString, code: string, start: number, end: number): void {
  text.overwrite(start, end, code.slice(start, end).replace(/[^\n]+/g, "") || ";");
}
