import { TYPE, type CardConfig } from "./config";
import { pageLanguage } from "./editor";
import { DOMAIN, type Hass } from "./hass";
import { stringsFor } from "./strings";

export const BADGE = "elevenlabs-captions-badge";
export const FEATURE = "elevenlabs-captions";

const PAGE = "https://github.com/elevenlabs-streaming/elevenlabs-streaming";

interface Offer {
  type: string;
}

interface Page {
  customCards?: Offer[];
  customBadges?: Offer[];
  customCardFeatures?: Offer[];
}

/** Return the card to suggest for an entity: a voice, a player, or one of ours. */
export function suggestion(hass: Hass, entity: string): { config: CardConfig } | null {
  const config: CardConfig = { type: `custom:${TYPE}` };
  const isOurs = hass.entities[entity]?.platform === DOMAIN;
  const kind = entity.split(".")[0];
  if (kind === "tts") return isOurs ? { config: { ...config, voices: [entity] } } : null;
  if (kind === "media_player" || kind === "assist_satellite") return { config: { ...config, players: [entity] } };
  return isOurs && (kind === "sensor" || kind === "event") ? { config } : null;
}

/** Return whether a tile of an entity can show its captions. */
export const hasCaptions = (hass: Hass, { entity_id: entity }: { entity_id?: string }): boolean =>
  entity !== undefined && suggestion(hass, entity)?.config.type !== undefined && /^(tts|media_player|assist_satellite)\./.test(entity);

function offer(list: Offer[], type: string, more: object, describe: (card: object) => void): void {
  if (list.some((one) => one.type === type)) return;
  const card = { type, documentationURL: PAGE, ...more };
  describe(card);
  list.push(card);
}

/** Tell Home Assistant's pickers about the card, the badge, and the feature, once. */
export function introduce(): void {
  const page = window as Page;
  const describe = (card: object) => {
    const tell = () => {
      const { name, about } = stringsFor(pageLanguage(), tell);
      Object.assign(card, { name: `ElevenLabs ${name}`, description: about });
    };
    tell();
  };
  offer((page.customCards ??= []), TYPE, { preview: true, getEntitySuggestion: suggestion }, describe);
  offer((page.customBadges ??= []), BADGE, { preview: false }, describe);
  offer((page.customCardFeatures ??= []), FEATURE, { isSupported: hasCaptions, configurable: false }, describe);
}
