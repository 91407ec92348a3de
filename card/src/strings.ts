import { now } from "./clock";

const en = {
  name: "Captions",
  about: "Shows what is being said at home, word by word.",
  quiet: "Nothing playing",
  history: "Announcements",
  none: "No announcements yet",
  search: "Search announcements",
  everywhere: "All players",
  nothing: "No matches",
  more: "More",
  replay: "Play here",
  again: "Announce again",
  costs: "uses credits",
  stop: "Stop",
  skip: "Remove from the queue",
  hide: "Hide captions",
  show: "Show captions",
  copy: "Copy text",
  copied: "Copied",
  vtt: "Download captions",
  next: "Next",
  place: "No. {place}",
  private: "Private announcement",
  gone: "No longer available",
  unspoken: "Could not be spoken",
  close: "Close",
  acknowledge: "Got it",
  here: "This browser",
  instead: "{fallback}, in place of {voice}",
  absent: "ElevenLabs Streaming is not set up: Settings → Devices & services",
  trouble: "Captions could not be reached",
  missing: "Not found",
  sample: "Dinner is ready, and the captions follow the voice word by word.",
  turnOn: "Play announcements in this browser",
  touch: "Tap to turn sound on",
  notHere: "Not in this browser",
  sound: "Sound of this browser",
  voice: "Voice",
  target: "Player",
  message: "What to say",
  say: "Announce",
  saying: "Sending…",
  said: "Sent",
};

/** The texts of the card and the speaker. */
export type Strings = typeof en;

/** Those and what a language's file has besides: the visual editor, the states of players. */
export type Texts = Strings & Partial<Record<string, string>>;

const TRANSLATIONS = ["de", "es", "fr", "it", "nl"];

const files = new Map<string, Promise<Texts>>();
const known = new Map<string, Texts>();

const nameOf = (language: string): string => language.split(/[-_]/)[0]!.toLowerCase();

async function fetchTexts(name: string): Promise<Texts> {
  const address = new URL(import.meta.url);
  // The query stays: it has the version, without which a browser may keep older texts.
  address.pathname = address.pathname.replace(/[^/]*$/, `translations/${name}.json`);
  const found = await fetch(address)
    .then((answer) => answer.json())
    .catch(() => ({}));
  const texts = { ...en, ...found };
  known.set(name, texts);
  return texts;
}

/** Return all texts in a language, those of the editor too; in English where there are none. */
export function textsIn(language: string): Promise<Texts> {
  const name = TRANSLATIONS.includes(nameOf(language)) ? nameOf(language) : "en";
  const file = files.get(name) ?? fetchTexts(name);
  files.set(name, file);
  return file;
}

/** Return the texts in a language: English ones until its file is here, and then `come` is called. */
export function stringsFor(language: string, come: () => void): Strings {
  const name = nameOf(language);
  if (!known.has(name) && TRANSLATIONS.includes(name)) void textsIn(name).then(come);
  return known.get(name) ?? en;
}

const RIGHT_TO_LEFT = /^(ar|ckb|dv|fa|he|iw|ps|sd|ug|ur|yi)\b/i;

/** Return the direction of a text in a language; the text tells where the language does not. */
export const directionOf = (language: string | null): "rtl" | "auto" =>
  language && RIGHT_TO_LEFT.test(language) ? "rtl" : "auto";

/** Return the wall clock's time of a moment of the page's clock. */
const dateOf = (moment: number): Date => new Date(Date.now() - (now() - moment) * 1000);

const formats = new Map<string, Intl.DateTimeFormat>();

function format(date: Date, language: string, options: Intl.DateTimeFormatOptions): string {
  const key = language + Object.keys(options).join();
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, known);
  return known.format(date);
}

/** Return the hour and minute of a moment of the page's clock, as a language writes them. */
export const timeOf = (moment: number, language: string): string =>
  format(dateOf(moment), language, { hour: "numeric", minute: "2-digit" });

const DAY_MS = 86_400_000;

const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Return the day of a moment of the page's clock: today, yesterday, or its date. */
export function dayOf(moment: number, language: string): string {
  const date = dateOf(moment);
  const days = Math.round((midnight(new Date()) - midnight(date)) / DAY_MS);
  if (days > 1) return format(date, language, { weekday: "long", day: "numeric", month: "long" });
  const said = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
  return said.charAt(0).toLocaleUpperCase(language) + said.slice(1);
}
