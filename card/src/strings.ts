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
  failed: "This could not be spoken",
  close: "Close",
  here: "This browser",
  somewhere: "Somewhere",
  absent: "ElevenLabs Streaming is not set up. Add it under Settings → Devices & services.",
  trouble: "The captions could not be reached",
  missing: "Not found",
  waiting: "waiting",
  playing: "playing",
  paused: "paused",
  finished: "finished",
  stopped: "stopped",
  failedState: "failed",
  sample: "Dinner is ready, and the captions follow the voice word by word.",
  players: "Players",
  empty: "Empty for all",
  area: "Area",
  voices: "Voices",
  title: "Title",
  size: "Text size",
  small: "Small",
  medium: "Medium",
  large: "Large",
  huge: "Huge",
  contrast: "Contrast",
  normal: "Normal",
  high: "High",
  idle: "When nothing is said",
  clear: "A quiet line",
  list: "The last announcements",
  length: "Announcements in the list",
  linger: "Seconds it stays after the end",
  flash: "Gentle flash at the start",
  off: "Off",
  on: "On, unless motion is reduced",
  always: "Always",
  theatre: "Full screen while something is said",
  sound: "Be heard here when the dashboard player speaks",
  say: "A row to type announcements in",
};

export type Strings = typeof en;

const de: Strings = {
  name: "Untertitel",
  about: "Zeigt Wort für Wort, was zu Hause gesagt wird.",
  quiet: "Gerade wird nichts gesagt",
  history: "Letzte Durchsagen",
  none: "Noch keine Durchsagen",
  replay: "Noch einmal abspielen",
  stop: "Anhalten",
  vtt: "Untertitel als Datei",
  gone: "Nicht mehr verfügbar",
  failed: "Das konnte nicht gesprochen werden",
  close: "Schließen",
  here: "Dieser Browser",
  somewhere: "Irgendwo",
  absent: "ElevenLabs Streaming ist nicht eingerichtet. Unter Einstellungen → Geräte & Dienste hinzufügen.",
  trouble: "Die Untertitel sind nicht erreichbar",
  missing: "Nicht gefunden",
  waiting: "wartet",
  playing: "spielt",
  paused: "angehalten",
  finished: "fertig",
  stopped: "gestoppt",
  failedState: "fehlgeschlagen",
  sample: "Das Essen ist fertig, und die Untertitel folgen der Stimme Wort für Wort.",
  players: "Player",
  empty: "Leer für alle",
  area: "Bereich",
  voices: "Stimmen",
  title: "Titel",
  size: "Schriftgröße",
  small: "Klein",
  medium: "Mittel",
  large: "Groß",
  huge: "Riesig",
  contrast: "Kontrast",
  normal: "Normal",
  high: "Hoch",
  idle: "Wenn nichts gesagt wird",
  clear: "Eine ruhige Zeile",
  list: "Die letzten Durchsagen",
  length: "Durchsagen in der Liste",
  linger: "Sekunden, die sie am Ende stehen bleibt",
  flash: "Sanftes Aufleuchten am Anfang",
  off: "Aus",
  on: "An, außer bei reduzierter Bewegung",
  always: "Immer",
  theatre: "Ganzer Bildschirm, solange etwas gesagt wird",
  sound: "Hier zu hören, wenn der Dashboard-Player spricht",
  say: "Eine Zeile für eigene Durchsagen",
};

/** Return the texts in a language, in English where there are none. */
export const stringsFor = (language: string): Strings => (/^de\b/i.test(language) ? de : en);

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
