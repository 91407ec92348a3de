import type { Cue, Word } from "./protocol";

// Scripts that write no spaces between words: only a dictionary tells them, and the browser has one.
const UNSPACED = String.raw`[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]`;
const ANY = new RegExp(UNSPACED, "u");
const ENDS = new RegExp(`${UNSPACED}$`, "u");
const BEGINS = new RegExp(`^${UNSPACED}`, "u");

export interface Segmented {
  words: Word[];
  cues: Cue[];
}

/** Return the words as a dictionary tells them, and the cues with a word in the one that it begins in. */
export function segmented(words: Word[], cues: Cue[], language: string | null): Segmented {
  if (!words.some(({ text }) => ANY.test(text)) || !Intl.Segmenter) return { words, cues };
  const found: Word[] = [];
  /** For each word that came, the number of the first one found that does not begin before it. */
  const places: number[] = [];
  for (let first = 0, after = 1; first < words.length; first = after++) {
    while (after < words.length && joins(words[after - 1]!, words[after]!)) after++;
    const run = words.slice(first, after);
    const offsets = offsetsOf(run);
    const texts = run.some(({ text }) => ANY.test(text)) ? textsOf(run, language) : [offsets.text];
    const before = found.length;
    let at = 0;
    const begins = texts.map((text) => {
      const begin = at;
      at += text.length;
      found.push({ ...run[0]!, ...timed(run, offsets.starts, begin, at), text, before: begin ? "" : run[0]!.before ?? " ", tag: begin ? "" : run[0]!.tag ?? "" });
      return begin;
    });
    for (const start of offsets.starts) {
      const index = begins.findIndex((begin) => begin >= start);
      places.push(index < 0 ? found.length : before + index);
    }
  }
  const place = (number: number) => places[number] ?? found.length + number - words.length;
  const moved = cues.map(({ first, after, split, end }) => {
    return { first: place(first), after: place(after), split: split == null ? null : place(split), end };
  });
  return { words: found, cues: moved.filter(({ first, after }) => first < after) };
}

const joins = (last: Word, next: Word): boolean => next.before === "" && ENDS.test(last.text) && BEGINS.test(next.text);

function offsetsOf(run: Word[]): { text: string; starts: number[] } {
  let text = "";
  const starts = run.map((word) => {
    const start = text.length;
    text += word.text;
    return start;
  });
  return { text, starts };
}

/** Return the words of a run, each with the signs that go with it; they stand at the run's ends. */
function textsOf(run: Word[], language: string | null): string[] {
  const found: string[] = [];
  let opening = "";
  for (const { segment, isWordLike } of segmenterFor(language).segment(run.map(({ text }) => text).join(""))) {
    if (isWordLike) {
      found.push(opening + segment);
      opening = "";
    } else if (found.length) found[found.length - 1] += segment;
    else opening += segment;
  }
  return opening ? [opening] : found;
}

const segmenters = new Map<string, Intl.Segmenter>();

function segmenterFor(language: string | null): Intl.Segmenter {
  const key = language ?? "";
  let segmenter = segmenters.get(key);
  if (!segmenter) {
    try {
      segmenter = new Intl.Segmenter(key || undefined, { granularity: "word" });
    } catch {
      segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
    }
    segmenters.set(key, segmenter);
  }
  return segmenter;
}

/** Return when a part of a run sounds: it shares the time of the words that came. */
function timed(run: Word[], starts: number[], begin: number, after: number): { start: number; end: number } {
  const at = starts.findLastIndex((start) => start <= begin);
  const last = starts.findLastIndex((start) => start < after);
  const share = (index: number, offset: number): number => {
    const { text, start, end } = run[index]!;
    return start + ((end - start) * (offset - starts[index]!)) / text.length;
  };
  return { start: share(at, begin), end: share(last, after) };
}
