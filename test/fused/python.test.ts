import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonFunctions } from "../../fused/python/python-functions.ts";
import { evalSchema } from "../../fused/source/eval-schema.ts";
import { fixtureFiles } from "../fixtures/fixture-files.ts";
import { readMeta } from "../../fused/meta/meta-json.ts";

const read = (source: string) => pythonFunctions(source).at(-1)!;
const parameters = (list: string) => read(`@fused.udf\ndef udf(${list}):\n    return 1\n`).parameters;
const typeOf = (annotation: string) => parameters(`a: ${annotation}`).parameters[0]!;

test("F055 types of annotations, plain, qualified and written as strings", () => {
  const kinds: Record<string, string> = {
    str: "string",
    int: "int",
    float: "float",
    bool: "boolean",
    list: "list",
    "List[str]": "list",
    Iterable: "list",
    "list[int]": "list",
    dict: "dict",
    "Dict[str, int]": "dict",
    "uuid.UUID": "uuid",
    UUID: "uuid",
    "datetime.date": "date",
    "gpd.GeoDataFrame": "GeoDataFrame",
    "pd.DataFrame": "DataFrame",
    "shapely.Geometry": "Geometry",
    Polygon: "Polygon",
    "fused.types.Bounds": "Bounds",
    '"fused.types.Bounds"': "Bounds",
    "fused.types.Tile": "TileGDF",
    "fused.types.TileGDF": "TileGDF",
    "fused.types.TileXYZ": "TileXYZ",
    "fused.types.Bbox": "Bbox",
    "fused.types.ViewportGDF": "ViewportGDF",
    "tuple[int, ...]": "list",
    Something: "json",
    "Union[int, str]": "json",
    "int | str": "json",
    "lambda x: x": "json",
  };
  for (const [annotation, kind] of Object.entries(kinds)) assert.equal(typeOf(annotation).type.kind, kind, annotation);
  assert.deepEqual(typeOf("tuple[int, str]").type, { kind: "tuple", length: 2 });
  assert.deepEqual(typeOf('Literal["a", "b"]').type, { kind: "enum", values: ["a", "b"] });
});

test("F055 optional types: Optional, Union with None, T | None, nested", () => {
  for (const annotation of [
    "Optional[int]",
    "Union[int, None]",
    "Union[None, int]",
    "int | None",
    "None | int",
    "typing.Optional[int]",
    '"int | None"',
    "Optional[Union[int, None]]",
  ]) {
    const { type, optional, nullable } = typeOf(annotation);
    assert.deepEqual([type.kind, optional, nullable], ["int", true, true], annotation);
  }
  assert.deepEqual(typeOf("Optional[List[str]]").type, { kind: "list" });
  assert.deepEqual(
    [typeOf("Union[int, str, None]").type.kind, typeOf("Union[int, str, None]").optional],
    ["json", true],
  );
  assert.equal(typeOf("int").optional, false);
});

test("F055 defaults that are literals, and those that are not", () => {
  const defaults: [string, unknown][] = [
    ["1_000", 1000],
    ["-2.5e-3", -0.0025],
    ["+1", 1],
    ["0x1F", 31],
    ["True", true],
    ["'it\\'s'", "it's"],
    ['"""a\nb"""', "a\nb"],
    ['r"\\d"', "\\d"],
    ['"a" "b"', "ab"],
    ['"\\u00fc\\n"', "ü\n"],
    ["[1, [2.5, None]]", [1, [2.5, null]]],
    ["(1, 2)", [1, 2]],
    ["()", []],
    ["{'a': {'b': []}}", { a: { b: [] } }],
    ["('x')", "x"],
  ];
  for (const [text, value] of defaults) {
    const [parameter] = parameters(`a=${text}`).parameters;
    assert.deepEqual([parameter!.default, parameter!.hasDefault], [value, true], text);
  }
  for (const text of ["DEFAULT", "f'{x}'", "os.environ['a']", "[x]", "{**a}", "b'x'", "1 + 1", "lambda: 0"]) {
    const [parameter] = parameters(`a=${text}`).parameters;
    assert.deepEqual([parameter!.default, parameter!.hasDefault], [undefined, true], text);
  }
  const [none] = parameters("a: str = None").parameters;
  assert.deepEqual([none!.type.kind, none!.optional, none!.nullable, none!.hasDefault], ["string", true, true, true]);
});

test("F055 keyword-only and positional-only parameters, *args, **kwargs, comments and line breaks", () => {
  const { parameters: listed, rest } = parameters(
    "\n    a, /,  # first\n    b: int = 1,\n    *layers: str,\n    c: float = 2,\n    **kwargs,\n",
  );
  assert.deepEqual(
    listed.map(({ name, type, hasDefault }) => [name, type.kind, hasDefault]),
    [
      ["a", "json", false],
      ["b", "int", true],
      ["c", "float", true],
    ],
  );
  assert.equal(rest, true);
  assert.deepEqual(
    parameters("path: str, *, bounds: fused.types.Bounds = None").parameters.map(({ name }) => name),
    ["path", "bounds"],
  );
  assert.deepEqual(parameters("").parameters, []);
  assert.deepEqual(
    parameters("class_, in_=1, bounds=None").parameters.map(({ type }) => type.kind),
    ["json", "float", "Bounds"],
  );
});

test("F055 decorators and their options; several functions in a file; docstrings", () => {
  const source = `import fused
from fused import udf

def helper(x): return x

@fused.cache
def cached(path): return path

@fused.udf(cache_max_age="30m", engine='small', default_parameters={"a": 1}, name=NAME)
async def first(a: int) -> "int":
    '''First.

        Indented.
    '''
    return a

@udf
@other(1)
def second(): pass

@some.thing.udf
def third(): pass
`;
  const functions = pythonFunctions(source);
  assert.deepEqual(
    functions.map(({ name, udfOptions }) => [name, udfOptions]),
    [
      ["helper", undefined],
      ["cached", undefined],
      ["first", { cacheMaxAge: "30m", engine: "small", defaultParameters: { a: 1 } }],
      ["second", {}],
      ["third", undefined],
    ],
  );
  assert.equal(functions[2]!.description, "First.\n\nIndented.");
});

test("source with errors still shows its functions", () => {
  assert.equal(
    read("@fused.udf\ndef udf(n: int = 1):\n    x\u00a0= n\n    return x\n").parameters.parameters[0]!.name,
    "n",
  );
  assert.equal(read("@fused.udf\ndef udf(n: int = 1):\n    return (n\n").name, "udf");
  assert.deepEqual(pythonFunctions(""), []);
  assert.deepEqual(pythonFunctions("def"), []);
});

test("F055 every Python UDF of the fixture repository shows its parameters", async () => {
  const files = await fixtureFiles();
  let count = 0;
  for (const [path, bytes] of files) {
    if (!/^(public|files|community)\/.*meta\.json$/.test(path)) continue;
    const meta = readMeta(bytes.toString("utf8"), path);
    if (meta.language !== "python") continue;
    const code =
      "text" in meta.code ? meta.code.text : files.get(path.replace("meta.json", meta.code.file))!.toString("utf8");
    const found = pythonFunctions(code).find(({ name }) => name === meta.entrypoint);
    assert.ok(found?.udfOptions, path);
    assert.ok(evalSchema(found.parameters, path)["properties"]);
    count++;
  }
  assert.equal(count, 15);
});
