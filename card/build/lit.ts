import type { Plugin } from "vite";

const FILE = "lit-html/development/lit-html.js";

/** What is taken out of Lit, and what comes in its place. */
const CUTS: Record<string, [RegExp, string]> = {
  "checks of a development build": [/(DEV_MODE|ENABLE_EXTRA_SECURITY_HOOKS|ENABLE_SHADYDOM_NOPATCH) = true;/g, "$1 = false;"],
  "templates of SVG and MathML": [/type === (SVG|MATHML)_RESULT/g, "false"],
  "values in elements of raw text": [/(?<=if \()rawTextElement\.test\(.*?\)(?=\) \{)/g, "false"],
  "values in place of attributes": [/name\.startsWith\(marker\)|templatePart\.type === ELEMENT_PART/g, "false"],
  "values in comments": [/\(i = node\.data\.indexOf\(marker, i \+ 1\)\) !== -1/g, "false"],
  directives: [/(?<=^function resolveDirective\(part, value).*?^\}/gms, ") { return value; }"],
  "what only directives ask": [/^ {4}(get (parentNode|startNode|endNode|tagName|_\$isConnected)|setConnected)\(.*?^ {4}\}/gms, ""],
  "what only directives need": [/^ *this\.(_\$disconnectableChildren|__isConnected|_\$notifyConnectionChanged)\b.*$/gm, ""],
  "ends of raw text": [/rawTextEndRegex \?\? |^ *rawTextEndRegex = undefined;$/gm, ""],
  "compiled templates": [/typeof type === 'number'/g, "true"],
  polyfills: [/^(polyfillSupport\?\.|\(global\.litHtmlVersions \?\?=).*$/gm, ""],
};

/** Leave out what no template of this card uses; the bundler cannot know that. */
export const leanLit = (): Plugin => ({
  name: "lean-lit",
  enforce: "pre",
  config: () => ({ resolve: { conditions: ["development", "module", "browser"] } }),
  transform(code, id) {
    if (!id.endsWith(FILE)) return null;
    return Object.entries(CUTS).reduce((lit, [what, [wanted, instead]]) => {
      if (!wanted.test(lit)) this.error(`Lit has changed: ${what}`);
      return lit.replace(wanted, instead);
    }, code);
  },
});
