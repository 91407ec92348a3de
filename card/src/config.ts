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
  [other: string]: unknown;
}

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
export const MOST: Record<string, number> = { history: 20, linger: 3600 };

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

/** Raise an error with a helpful text when an option makes no sense. */
export function checkConfig(config: CardConfig): void {
  for (const [name, value] of Object.entries(config)) {
    const wrong = value != null && wanted(name, value);
    if (wrong) throw new Error(`${name} has to be: ${wrong}`);
  }
}
