import { expect, it } from "vitest";

import { ago, directionOf, stringsFor } from "../src/strings";

it.each([
  [0, "now"],
  [44, "now"],
  [58, "1 minute ago"],
  [600, "10 minutes ago"],
  [3500, "1 hour ago"],
  [7200, "2 hours ago"],
  [90000, "yesterday"],
  [900000, "10 days ago"],
])("%s s are %s", (seconds, said) => expect(ago(seconds, "en")).toBe(said));

it("has every German text, and English for the rest of the world", () => {
  expect(Object.values(stringsFor("de-AT")).every(Boolean)).toBe(true);
  expect(stringsFor("fr")).toBe(stringsFor("en"));
});

it.each([["ar", "rtl"], ["he-IL", "rtl"], ["en", "auto"], [null, "auto"], ["arn", "auto"]])(
  "%s runs %s",
  (language, direction) => expect(directionOf(language)).toBe(direction),
);
