const en = {
  name: "Captions",
  about: "Shows what is being said at home, word by word.",
  quiet: "Nothing is being said",
  history: "Last announcements",
  none: "No announcements yet",
  replay: "Play again",
  stop: "Stop",
  vtt: "Captions as a file",
  gone: "No longer available",
  unspoken: "Could not be spoken",
  close: "Close",
  acknowledge: "Got it",
  here: "This browser",
  somewhere: "Somewhere",
  by: "Spoken by",
  absent: "ElevenLabs Streaming is not set up: Settings → Devices & services",
  trouble: "Captions could not be reached",
  missing: "Not found",
  sample: "Dinner is ready, and the captions follow the voice word by word.",
  turnOn: "Turn sound on",
  touch: "Touch to turn sound on",
  notHere: "Not here",
  sound: "Sound of this dashboard",
  voice: "Voice",
  target: "Where",
  message: "What to say",
  say: "Say it",
  saying: "Sending…",
  said: "On its way",
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

const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [Infinity, "day"],
] as const;

/** Say how long ago something was. */
export function ago(seconds: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  let amount = seconds < 45 ? 0 : seconds;
  for (const [size, unit] of STEPS) {
    if (amount < size * 0.95) return format.format(-Math.round(amount), unit);
    amount /= size;
  }
  return "";
}
