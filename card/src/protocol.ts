/** The caption channel as it comes over Home Assistant's WebSocket; see the README. */

export interface Word {
  text: string;
  /** Seconds from the start of the audio. */
  start: number;
  end: number;
  /** What parts it from the word before; a space when left out. */
  before?: string;
  /** Who says it, where several speak. */
  speaker?: string;
  /** The audio tag that the voice performs from here on. */
  tag?: string;
}

/** Return what parts a word from the one before it. */
export const gapBefore = (word: Word | undefined): string => word?.before ?? " ";

export interface Cue {
  /** Numbers of its first word, of the word after it, and of the second line's first word. */
  first: number;
  after: number;
  split: number | null;
  /** Seconds until which it is to be shown. */
  end: number;
}

export interface Links {
  audio: { url: string; mime_type: string } | null;
  /** Null where there is no word to show. */
  captions: { vtt: string } | null;
  /** Whether hearing it again costs no credits. */
  cached?: boolean;
}

type Fields = Record<string, unknown>;

export const fields = (value: unknown): Fields | null =>
  value && typeof value === "object" ? (value as Fields) : null;

export const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

export const number = (value: unknown): number | null => (Number.isFinite(value) ? (value as number) : null);

/** Return the texts among the values of an object. */
export const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(fields(value) ?? {}).filter(([, item]) => typeof item === "string")) as Record<string, string>;

function list<T>(value: unknown, fits: (item: Fields) => boolean): T[] {
  return Array.isArray(value) ? (value.filter((item) => fields(item) && fits(item)) as T[]) : [];
}

/** Return the words of a message that make sense. */
export const wordsOf = (value: unknown): Word[] =>
  list(value, (item) => text(item.text) != null && number(item.start) != null && number(item.end) != null);

/** Return the cues of a message that make sense. */
export const cuesOf = (value: unknown): Cue[] =>
  list(
    value,
    (item) => number(item.end) != null && (item.first as number) >= 0 && (item.after as number) > (item.first as number),
  );
