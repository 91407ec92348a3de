export const TYPE = "elevenlabs-captions-card";

export interface CardConfig {
  type: string;
  title?: string;
  players?: string[];
  area?: string;
  voices?: string[];
  size?: "small" | "medium" | "large" | "huge";
  contrast?: "normal" | "high";
  idle?: "clear" | "history";
  history?: number;
  linger?: number;
  flash?: boolean | "on" | "off" | "always";
  theatre?: boolean;
  sound?: boolean;
  speaker?: string;
  say?: boolean;
  audio_tags?: boolean;
  grid_options?: { rows?: number | string };
  [other: string]: unknown;
}

/** Seconds for which an announcement stays after its end. */
export const LINGER_S = 6;
/** How many announcements the list has. */
export const HISTORY = 5;

/** What every card may have: where it stands, when it is shown, how it is styled. */
const OF_EVERY_CARD = ["type", "grid_options", "layout_options", "view_layout", "visibility", "disabled", "card_mod"];

/** How large the card may be in a section: from a row of one cell on. */
export const gridOptions = (): object => ({ columns: 12, min_columns: 3, rows: "auto", min_rows: 1 });

const SWITCH = [true, false];

/** The values that an option may have. */
export const CHOICES: Record<string, readonly unknown[]> = {
  size: ["small", "medium", "large", "huge"],
  contrast: ["normal", "high"],
  idle: ["clear", "history"],
  flash: ["off", "on", "always", ...SWITCH],
  theatre: SWITCH,
  sound: SWITCH,
  say: SWITCH,
  audio_tags: SWITCH,
};

/** The greatest number that an option may have. */
export const MOST: Record<string, number> = { history: 50, linger: 3600 };

const TEXTS: Record<string, string> = { area: "the id of an area", speaker: "an entity" };

const LISTS = ["players", "voices"];

const isText = (value: unknown): boolean => typeof value === "string";

/** Return what an option has to be if it is something else. */
function wanted(name: string, value: unknown): string | false | undefined {
  const choices = CHOICES[name];
  const most = MOST[name];
  if (choices) return !choices.includes(value) && choices.join(", ");
  if (most) return !(Number(value) >= 0 && Number(value) <= most) && `0 to ${most}`;
  if (LISTS.includes(name)) return !(Array.isArray(value) && value.every(isText)) && "a list of entities";
  return TEXTS[name] && !isText(value) && TEXTS[name];
}

/** Return how many letters two names differ by, at most; the ends that they share do not count. */
function distance(a: string, b: string): number {
  let before = 0;
  while (before < a.length && a[before] === b[before]) before++;
  let after = 0;
  while (after < Math.min(a.length, b.length) - before && a.at(-1 - after) === b.at(-1 - after)) after++;
  return Math.max(a.length, b.length) - before - after;
}

const KNOWN = ["title", ...Object.keys(CHOICES), ...Object.keys(MOST), ...Object.keys(TEXTS), ...LISTS];

/** Raise an error with a helpful text when an option is unknown or makes no sense. */
export function checkConfig(config: CardConfig): void {
  for (const [name, value] of Object.entries(config)) {
    if (![...KNOWN, ...OF_EVERY_CARD].includes(name)) {
      const [nearest] = [...KNOWN].sort((a, b) => distance(name, a) - distance(name, b));
      throw new Error(`${name} is not an option of this card. Did you mean ${nearest}?`);
    }
    const wrong = value != null && wanted(name, value);
    if (wrong) throw new Error(`${name} has to be: ${wrong}`);
  }
}
