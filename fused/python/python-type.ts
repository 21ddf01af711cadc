import type { ParameterType } from "../../engine/udf-frame.ts";
import { pythonLiteral } from "./python-literal.ts";
import type { SyntaxNode } from "./syntax-node.ts";
import { childrenOf, parsePython, textOf } from "./syntax-node.ts";

export interface PythonType {
  type: ParameterType;
  /** `Optional[T]`, `T | None`. */
  optional: boolean;
}

/** Python's names of the types of fused-spec.md 1.3, by their last part: `gpd.GeoDataFrame` is `GeoDataFrame`. */
const kinds: Record<string, ParameterType["kind"]> = {
  str: "string",
  int: "int",
  float: "float",
  bool: "boolean",
  UUID: "uuid",
  datetime: "date",
  date: "date",
  list: "list",
  List: "list",
  Iterable: "list",
  Sequence: "list",
  set: "list",
  tuple: "list",
  Tuple: "list",
  dict: "dict",
  Dict: "dict",
  Mapping: "dict",
  GeoDataFrame: "GeoDataFrame",
  DataFrame: "DataFrame",
  Geometry: "Geometry",
  BaseGeometry: "Geometry",
  Polygon: "Polygon",
  Bounds: "Bounds",
  Bbox: "Bbox",
  TileXYZ: "TileXYZ",
  TileGDF: "TileGDF",
  Tile: "TileGDF",
  ViewportGDF: "ViewportGDF",
};

/** The type that a Python annotation declares; what is not known here, and other unions, are `json`: as given. */
export function pythonType(node: SyntaxNode, source: string): PythonType {
  switch (node.name) {
    case "VariableName":
      return named(textOf(node, source));
    case "MemberExpression":
      return member(node, source);
    case "None":
      return { type: { kind: "json" }, optional: true };
    case "String": {
      // An annotation may be written as a string: "fused.types.Bounds".
      const text = pythonLiteral(node, source)?.value;
      const inner = typeof text === "string" ? parsePython(text).firstChild?.firstChild : undefined;
      return inner && node.name !== inner.name ? pythonType(inner, text as string) : unknown();
    }
    case "ParenthesizedExpression":
      return pythonType(childrenOf(node)[1]!, source);
    case "BinaryExpression": {
      const [left, operator, right] = childrenOf(node);
      if (!right || textOf(operator!, source) !== "|") return unknown();
      return union([pythonType(left!, source), pythonType(right, source)], [left!, right]);
    }
    default:
      return unknown();
  }
}

function member(node: SyntaxNode, source: string): PythonType {
  const parts = childrenOf(node);
  const open = parts.findIndex(({ name }) => name === "[");
  if (open < 0) return named(textOf(node.lastChild!, source));
  const outer = lastName(textOf(parts[0]!, source));
  const inner = typeArguments(parts.slice(open + 1));
  if (outer === "Optional" && inner[0]) return { ...pythonType(inner[0], source), optional: true };
  if (outer === "Annotated" && inner[0]) return pythonType(inner[0], source);
  if (outer === "Union")
    return union(
      inner.map((each) => pythonType(each, source)),
      inner,
    );
  if (outer === "Literal") return literals(inner, source);
  const isFixed = inner.length > 0 && inner.every((each) => textOf(each, source) !== "...");
  if ((outer === "tuple" || outer === "Tuple") && isFixed) {
    return { type: { kind: "tuple", length: inner.length }, optional: false };
  }
  return named(outer);
}

function typeArguments(parts: SyntaxNode[]): SyntaxNode[] {
  const inner = parts.filter(({ name }) => name !== "," && name !== "]");
  return inner[0]?.name === "TupleExpression" ? typeArguments(childrenOf(inner[0])) : inner;
}

function literals(nodes: SyntaxNode[], source: string): PythonType {
  const values = nodes.map((node) => pythonLiteral(node, source)?.value);
  const texts = values.filter((value): value is string => typeof value === "string");
  const optional = values.includes(null);
  return texts.length + Number(optional) === values.length && texts.length > 0
    ? { type: { kind: "enum", values: texts }, optional }
    : { ...unknown(), optional };
}

function union(types: PythonType[], nodes: SyntaxNode[]): PythonType {
  const given = types.filter((_type, i) => nodes[i]!.name !== "None");
  const optional = given.length < types.length || types.some((each) => each.optional);
  const distinct = new Set(given.map(({ type }) => JSON.stringify(type)));
  return distinct.size === 1 ? { type: given[0]!.type, optional } : { ...unknown(), optional };
}

function named(name: string): PythonType {
  const kind = Object.hasOwn(kinds, name) ? kinds[name]! : "json";
  return { type: { kind } as ParameterType, optional: false };
}

function lastName(text: string): string {
  return text.slice(text.lastIndexOf(".") + 1);
}

function unknown(): PythonType {
  return { type: { kind: "json" }, optional: false };
}
