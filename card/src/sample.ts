import { Announcement } from "./announcement";

const WORD_S = 0.42;
const REST_S = 2;

/** Return an announcement of a sentence, for a card that has nothing to show yet. */
export function sampleOf(sentence: string, language: string): Announcement {
  const sample = new Announcement("sample");
  const words = sentence.split(" ").map((text, index) => {
    return { text, start: index * WORD_S, end: (index + 1) * WORD_S };
  });
  const cues = [{ first: 0, after: words.length, split: null, end: words.length * WORD_S }];
  sample.replace({ language, words, cues, message: sentence, engine: "", voice: "George" }, 0);
  return sample;
}

/** Return the place, in seconds, in a sample that begins again and again. */
export const samplePosition = (sample: Announcement, at: number): number => at % (sample.length + REST_S);
