import { describe, expect, it } from "vitest";

import { tidy, tidyTemplates } from "../build/templates.ts";

describe("a tidied template", () => {
  it.each([
    [["<p>\n  text\n</p>"], ["<p>text</p>"]],
    [["<p>\n  ", "\n  ", "\n</p>"], ["<p>", "", "</p>"]],
    [["<p>", " ", "</p>"], ["<p>", " ", "</p>"]],
    [["<p>one  two</p>"], ["<p>one  two</p>"]],
    [["<input\n  name=", "\n  required\n/>"], ["<input name=", " required/>"]],
    [["<b\n  class=", "\n  @click=", "\n>", "</b>"], ["<b class=", " @click=", ">", "</b>"]],
  ])("%j is %j", (parts, expected) => expect(tidy(parts)).toEqual(expected));

  it("keeps its values, and what stands within them is tidied too", () => {
    const code = "const page = html`<ul>\n  ${rows.map((row) => html`<li>\n ${row > 1}\n</li>`)}\n</ul>`;";
    expect(tidyTemplates(code)).toBe("const page = html`<ul>${rows.map((row) => html`<li>${row > 1}</li>`)}</ul>`;");
  });

  it("leaves other templates alone", () => {
    const code = "const text = `a\n  b`;";
    expect(tidyTemplates(code)).toBe(code);
  });
});
