import type { Hover, SignatureHelp } from "./protocol.ts";
import { plainText, withoutAlias, withoutModuleNames } from "./shown-types.ts";

/** What is known of a name: its signature, and what its documentation says. */
export interface Description {
  plain: string;
  markdown: string;
}

export function describeHover({ contents }: Hover): Description | undefined {
  const markdown = withoutModuleNames(
    contents.value.replace(
      /^```typescript\n([^]*?)\n```/,
      (_, code: string) => `\`\`\`typescript\n${withoutAlias(code).trim()}\n\`\`\``,
    ),
  ).trim();
  const plain = plainText(markdown);
  // Nothing is known of `any`: the live value says more.
  return /^(?:\([a-z ]+\) )?(?:(?:const|let|var) )?(?:[\w$.]+: )?any$/.test(plain) || plain === ""
    ? undefined
    : { plain, markdown };
}

/** The call in which the cursor stands. */
export function describeSignature({ signatures, activeSignature = 0 }: SignatureHelp): Description | undefined {
  const active = signatures[activeSignature] ?? signatures[0];
  if (!active) return undefined;
  const label = withoutModuleNames(active.label);
  const documentation =
    typeof active.documentation === "string" ? active.documentation : (active.documentation?.value ?? "");
  const code = `\`\`\`typescript\n${label}\n\`\`\``;
  return {
    plain: [label, documentation].filter(Boolean).join("\n\n"),
    markdown: [code, documentation].filter(Boolean).join("\n\n"),
  };
}

/** A declaration as it stands in its cell, where the server cannot be asked. */
export function describeText(head: string, doc: string | undefined): Description {
  const code = `\`\`\`typescript\n${head}\n\`\`\``;
  return { plain: [head, doc].filter(Boolean).join("\n\n"), markdown: [code, doc].filter(Boolean).join("\n\n") };
}
