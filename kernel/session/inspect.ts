import type { ParameterSchema } from "../../engine/udf-frame.ts";
import { udfSummary } from "../../fused/udf-display.ts";
import { findMagic } from "../../magics/registry.ts";
import { describeText, type Description } from "../language/describe.ts";
import type { LanguageSlot } from "../language/language-slot.ts";
import type { Evaluator, RemoteValue } from "./evaluate.ts";
import type { Question } from "./messages.ts";

type Reply = Record<string, unknown>;

const longestValue = 2000;
/** Where a declaration can stand in for them, types are waited for this long, milliseconds. */
const typedPatience = 80;

/**
 * `inspect_request`: what is known of the name at the cursor, or of the call around it: its signature and documentation
 * from the types, its value from the live object, and its source at detail 1.
 */
export async function inspectName(
  { code, cursor, detail }: Extract<Question, { about: "inspect" }>,
  evaluator: Evaluator,
  language: LanguageSlot,
): Promise<Reply> {
  const magicName = /^\s*%{1,2}([A-Za-z_][\w.-]*)/.exec(code.slice(code.lastIndexOf("\n", cursor - 1) + 1))?.[1];
  const magic = magicName ? findMagic(magicName) : undefined;
  if (magic)
    return found({
      plain: `${magic.summary}\n\n${magic.usage}`,
      markdown: `${magic.summary}\n\n\`\`\`\n${magic.usage}\n\`\`\``,
    });
  const start = /[\p{ID_Continue}$.]*$/u.exec(code.slice(0, cursor))![0];
  const name = (start + /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))![0]).replace(/^\.|\.$/g, "");
  const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u.test(name);
  const declaration = isName ? await language.find(name) : undefined;
  // While the language server starts, the declaration as it stands in its cell is answer enough; of a UDF, always.
  const standsForItself = declaration && (declaration.kind === "udf" || !language.isWarm());
  // All are asked at once: each answer takes another thread or process a turn.
  const [value, udf, known] = await Promise.all([
    isName ? evaluator.peek(name) : undefined,
    isName ? describeUdf(name, detail, evaluator) : undefined,
    standsForItself ? undefined : language.describe(code, cursor, declaration && typedPatience),
  ]);
  if (udf) return found(udf);
  const described = known ?? (declaration && describeText(declaration.head, declaration.doc));
  const live = value && describeValue(name, value, described !== undefined);
  const parts = [described, live, detail > 0 ? source(declaration?.text ?? functionText(value)) : undefined];
  const all = parts.filter((part) => part !== undefined);
  if (all.length === 0) return { status: "ok", found: false, data: {}, metadata: {} };
  return found({
    plain: all.map(({ plain }) => plain).join("\n\n"),
    markdown: all.map(({ markdown }) => markdown).join("\n\n"),
  });
}

/** An expression for whether a name is a UDF. By its properties: to make the symbol of its state counts as a side effect. */
export const isUdf = (name: string): string =>
  `(typeof ${name} === "function" && "entrypoint" in ${name} && "schema" in ${name} && "cacheMaxAge" in ${name})`;

/** What a UDF tells of itself through properties that can be read without a side effect. */
interface UdfFacts {
  name: string;
  code: string;
  schema: ParameterSchema;
  metadata: Record<string, unknown>;
  engine?: string;
  cacheMaxAge?: string | number;
  diskSizeGb?: number;
  region?: string;
  readme?: string;
}

/** A UDF's signature, description, options and README; its code as well at detail 1. */
async function describeUdf(name: string, detail: number, evaluator: Evaluator): Promise<Description | undefined> {
  const fields = ["name", "code", "schema", "metadata", "engine", "cacheMaxAge", "diskSizeGb", "region", "readme"];
  const facts = `{ ${fields.map((field) => `${field}: ${name}.${field}`).join(", ")} }`;
  const told = await evaluator.peek(`${isUdf(name)} ? JSON.stringify(${facts}) : undefined`);
  if (typeof told?.value !== "string") return undefined;
  const {
    name: udfName,
    code,
    schema,
    metadata,
    engine,
    cacheMaxAge,
    readme = "",
    ...rest
  } = JSON.parse(told.value) as UdfFacts;
  const frame = { name: udfName, source: code, parameters: schema, metadata, headers: [] };
  const lines = udfSummary({ frame, defaults: {}, runDefaults: { engine, cacheMaxAge }, ...rest });
  const signature = lines[0]!;
  const more = lines.slice(1);
  const source = detail > 0 ? code : "";
  return {
    plain: [[signature, ...more.map((line) => `  ${line}`)].join("\n"), readme, source].filter(Boolean).join("\n\n"),
    markdown: [fenced(signature), ...more, readme, source && fenced(source)].filter(Boolean).join("\n\n"),
  };
}

/** @param typed whether types have said already what kind of thing it is */
function describeValue(name: string, value: RemoteValue, typed: boolean): Description | undefined {
  const type = value.subtype ?? value.type;
  const text = value.description ?? value.unserializableValue ?? JSON.stringify(value.value) ?? "undefined";
  const shown = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
  if (value.type === "function") {
    if (typed) return undefined;
    const signature =
      /^(?:async )?(?:function\*?|class)?[^{]*?(?=\{|=>)/.exec(text)?.[0]?.trim() ?? text.split("\n")[0]!;
    return { plain: `${name}: ${signature}`, markdown: fenced(signature) };
  }
  // Of a plain object the description is no more than the name of its class.
  if (typed && (value.type === "undefined" || (/^[A-Za-z_$][\w$]*$/.test(text) && value.type === "object")))
    return undefined;
  return typed
    ? { plain: `Value: ${shown}`, markdown: `Value: \`${shown.replaceAll("`", "'")}\`` }
    : { plain: `${name}: ${type}\n${shown}`, markdown: `\`${name}\`: ${type}\n\n${fenced(shown)}` };
}

function source(text: string | undefined): Description | undefined {
  return text === undefined ? undefined : { plain: text, markdown: fenced(text) };
}

function functionText(value: RemoteValue | undefined): string | undefined {
  return value?.type === "function" ? value.description : undefined;
}

const fenced = (code: string): string => `\`\`\`typescript\n${code}\n\`\`\``;

const found = ({ plain, markdown }: Description): Reply => ({
  status: "ok",
  found: true,
  data: { "text/plain": plain, "text/markdown": markdown },
  metadata: {},
});
