import { CHOICES, MOST, TYPE, checkConfig, type CardConfig } from "./config";
import { DOMAIN, languageOf, type Hass } from "./hass";
import { stringsFor, textsIn } from "./strings";

const pageLanguage = (): string =>
  languageOf((document.querySelector("home-assistant") as { hass?: Hass } | null)?.hass);

type Field = { name: string; selector: object };

const entities = (name: string, filter: object): Field => ({ name, selector: { entity: { multiple: true, filter } } });

const number = (name: string): Field => ({ name, selector: { number: { min: 0, max: MOST[name], mode: "box" } } });

/** Return the form of the visual editor. */
export async function configForm(): Promise<object> {
  const texts = await textsIn(pageLanguage());
  // Without its texts the form says the names themselves.
  const label = (name: string) => texts[`editor.${name}`] ?? name.split(".").pop();
  const choice = (name: string): Field => {
    const values = CHOICES[name]!.filter((value) => typeof value === "string");
    const options = values.map((value) => ({ value, label: label(`${name}.${value}`) }));
    return { name, selector: { select: { mode: "dropdown", options } } };
  };
  const schema = [...["size", "contrast", "idle", "flash"].map(choice), ...Object.keys(MOST).map(number)];
  return {
    schema: [
      { name: "title", selector: { text: {} } },
      entities("players", { domain: ["media_player", "assist_satellite"] }),
      { name: "area", selector: { area: {} } },
      entities("voices", { domain: "tts", integration: DOMAIN }),
      { type: "grid", name: "", schema },
      ...["theatre", "say", "sound", "audio_tags"].map((name) => ({ name, selector: { boolean: {} }, default: name === "sound" })),
      { name: "speaker", selector: { entity: { filter: { domain: "media_player", integration: DOMAIN } } } },
    ],
    computeLabel: ({ name }: Field) => label(name),
    computeHelper: ({ name }: Field) => texts[`editor.${name}.help`],
    assertConfig: checkConfig,
  };
}

function suggestion(hass: Hass, entity: string): { config: CardConfig } | null {
  if (hass.entities[entity]?.platform !== DOMAIN) return null;
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
  const card = {
    type: TYPE,
    preview: true,
    documentationURL: "https://github.com/elevenlabs-streaming/elevenlabs-streaming",
    getEntitySuggestion: suggestion,
  };
  const describe = () => {
    const { name, about } = stringsFor(pageLanguage(), describe);
    Object.assign(card, { name: `ElevenLabs Streaming: ${name}`, description: about });
  };
  describe();
  cards.push(card);
}
