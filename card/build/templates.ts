import { parseAst, type Plugin } from "vite";

interface Node {
  type: string;
  start: number;
  end: number;
  [other: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";

/** Yield a syntax node and all within it. */
function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) yield* nodesIn(item);
  }
}

const opensTag = (before: string): boolean => before.lastIndexOf("<") > before.lastIndexOf(">");

/** Return the fixed parts of a template without white space that only lays the source out. */
export function tidy(parts: string[]): string[] {
  let before = "";
  return parts.map((part) => {
    const start = before;
    // Within a tag a gap parts two attributes; elsewhere, as in JSX, a line's ends are nothing.
    const tidied = part.replace(/\s*\n\s*/g, (_, at: number) => {
      const next = part.slice(at).trimStart();
      return opensTag(start + part.slice(0, at)) && !/^\/?>/.test(next) ? " " : "";
    });
    before += part;
    return tidied;
  });
}

/** Return a module with its Lit templates tidied. */
export function tidyTemplates(code: string): string {
  const templates = [...nodesIn(parseAst(code) as unknown as Node)].filter(
    ({ type, tag }) => type === "TaggedTemplateExpression" && (tag as Node & { name?: string }).name === "html",
  );
  const parts = templates.flatMap(({ quasi }) => {
    const { quasis } = quasi as { quasis: (Node & { value: { raw: string } })[] };
    const tidied = tidy(quasis.map(({ value }) => value.raw));
    return quasis.map(({ start, end }, index) => ({ start, end, text: tidied[index]! }));
  });
  parts.sort((a, b) => b.start - a.start);
  return parts.reduce((all, { start, end, text }) => all.slice(0, start) + text + all.slice(end), code);
}

/** Tidy the Lit templates of the source. */
export const tidyLitTemplates = (): Plugin => ({
  name: "tidy-lit-templates",
  enforce: "post",
  transform: (code, id) => (/\/src\/.*\.ts$/.test(id) && code.includes("html`") ? tidyTemplates(code) : null),
});
