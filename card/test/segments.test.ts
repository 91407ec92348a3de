import { expect, it } from "vitest";

import { segmented } from "../src/segments";

const SENTENCE = "ผ้าซักเสร็จแล้ว กรุณาลงมาเก็บ";
const PIECES = ["ผ้าซั", "กเส", "ร็จ", "แล้ว", "กรุ", "ณาล", "งมา", "เก็บ"];
const words = PIECES.map((text, at) => ({ text, start: at, end: at + 1, before: at === 4 ? " " : "" }));

it("tells the words of a script without spaces as a dictionary does", () => {
  const found = segmented(words, [{ first: 0, after: 2, split: null, end: 2 }, { first: 2, after: 8, split: 4, end: 8 }], "th");
  const segmenter = new Intl.Segmenter("th", { granularity: "word" });
  const wanted = [...segmenter.segment(SENTENCE)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
  expect(found.words.map(({ text }) => text)).toEqual(wanted);
  expect(found.words.every(({ start }, at) => !at || start > found.words[at - 1]!.start)).toBe(true);
  expect(found.words[0]!.start).toBe(0);
  expect(found.words.at(-1)!.end).toBe(8);
  expect(found.cues.map(({ first }) => first)).toEqual([0, found.cues[0]!.after]);
  expect(found.cues[1]!.split).toBe(found.words.findIndex(({ before }) => before === " "));
});

it("leaves all other words and cues as they came", () => {
  const others = ["The", "laundry"].map((text, at) => ({ text, start: at, end: at + 1 }));
  const cues = [{ first: 0, after: 2, split: null, end: 2 }];
  const found = segmented(others, cues, "en");
  expect(found.words).toBe(others);
  expect(found.cues).toBe(cues);
});

it("keeps what stands beside an unspaced word", () => {
  const mixed = ["ดู", "TV", "(กิน", "ข้าว)", "5"].map((text, at) => ({ text, start: at, end: at + 1, before: at ? "" : " " }));
  const found = segmented(mixed, [], "th");
  expect(found.words.map(({ text }) => text).join("")).toBe("ดูTV(กินข้าว)5");
  expect(found.words.map(({ text }) => text)).toContain("(กิน");
});
