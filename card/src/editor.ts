import { SIZES, TYPE, checkConfig, type CardConfig } from "./config";
import { languageOf, type Hass } from "./hass";
import { stringsFor, type Strings } from "./strings";

const DOMAIN = "elevenlabs_streaming";

type Key = keyof Strings;

/** The options whose label is another text than the one of their own name. */
const LABELS: Record<string, Key> = { history: "length" };

const FILTERS = ["players", "area", "voices"];

const pageHass = (): Hass | undefined =>
  (document.querySelector("home-assistant") as { hass?: Hass } | null)?.hass;

const strings = (): Strings => stringsFor(languageOf(pageHass()));

const choice = (options: [value: string, label: Key][]): object => ({
  select: { mode: "dropdown", options: options.map(([value, key]) => ({ value, label: strings()[key] })) },
});

const entities = (filter: object): object => ({ entity: { multiple: true, filter } });

const number = (max: number): object => ({ number: { min: 0, max, mode: "box" } });

const grid = (...schema: [name: string, selector: object][]): object => ({
  type: "grid",
  name: "",
  schema: schema.map(([name, selector]) => ({ name, selector })),
});

/** Return the form of the visual editor. */
export function configForm(): object {
  return {
    schema: [
      { name: "title", selector: { text: {} } },
      { name: "players", selector: entities({ domain: ["media_player", "assist_satellite"] }) },
      { name: "area", selector: { area: {} } },
      { name: "voices", selector: entities({ domain: "tts", integration: DOMAIN }) },
      grid(
        ["size", choice(SIZES.map((size) => [size, size]))],
        ["contrast", choice([["normal", "normal"], ["high", "high"]])],
        ["idle", choice([["clear", "clear"], ["history", "list"]])],
        ["history", number(20)],
        ["linger", number(3600)],
        ["flash", choice([["off", "off"], ["on", "on"], ["always", "always"]])],
      ),
      ...["theatre", "sound", "say"].map((name) => ({ name, selector: { boolean: {} }, default: name === "sound" })),
    ],
    computeLabel: ({ name }: { name: string }) => strings()[LABELS[name] ?? (name as Key)],
    computeHelper: ({ name }: { name: string }) => (FILTERS.includes(name) ? strings().empty : undefined),
    assertConfig: checkConfig,
  };
}

function suggestion(hass: Hass, entity: string): { config: CardConfig } | null {
  if (hass.entities?.[entity]?.platform !== DOMAIN) return null;
  const config: CardConfig = { type: `custom:${TYPE}` };
  const kind = entity.split(".")[0];
  if (kind === "tts") return { config: { ...config, voices: [entity] } };
  if (kind === "media_player") return { config: { ...config, players: [entity] } };
  return kind === "sensor" || kind === "event" ? { config } : null;
}

/** Tell the card picker about the card, once. */
export function introduce(): void {
  const page = window as { customCards?: { type: string }[] };
  const cards = (page.customCards ??= []);
  if (cards.some(({ type }) => type === TYPE)) return;
  const { name, about } = strings();
  cards.push({
    type: TYPE,
    name: `ElevenLabs Streaming: ${name}`,
    description: about,
    preview: true,
    documentationURL: "https://github.com/elevenlabs-streaming/elevenlabs-streaming",
    getEntitySuggestion: suggestion,
  } as { type: string });
}
