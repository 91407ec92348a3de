import type { Announcement } from "./announcement";
import type { CardConfig } from "./config";
import type { Hass } from "./hass";
import { areaOf } from "./names";
import { concernsTargets } from "./speaker/targets";

// Home Assistant's MediaPlayerEntityFeature.MEDIA_ANNOUNCE: such a player announces alone.
const ANNOUNCES = 1 << 20;

/** Return who sounds with a player: the members of a group, and the players that are grouped with it. */
function membersOf(hass: Hass, entity: string): string[] {
  const { entity_id: members, group_members: together, supported_features: features } = hass.states[entity]?.attributes ?? {};
  return [...(members ?? []), ...(((features ?? 0) & ANNOUNCES) === 0 && together ? together : [])];
}

/** Return the chosen players with those that sound with them; null when all are wanted. */
export function chosenPlayers(hass: Hass, config: CardConfig): Set<string> | null {
  if (!config.players?.length) return null;
  const members = config.players.flatMap((entity) => membersOf(hass, entity));
  return new Set([...config.players, ...members]);
}

/** Return whether a player is one that the card is about. */
export function playerFilter(hass: Hass, config: CardConfig): (entity: string) => boolean {
  const chosen = chosenPlayers(hass, config);
  const { area } = config;
  return (entity) => (!chosen || chosen.has(entity)) && (!area || areaOf(hass, entity) === area);
}

/** Return whether an announcement is one that the card is about. */
export function announcementFilter(hass: Hass, config: CardConfig): (announcement: Announcement) => boolean {
  const chosen = playerFilter(hass, config);
  const all = !config.players?.length && !config.area;
  const heard = (entity: string) => [entity, ...membersOf(hass, entity)].some(chosen);
  return ({ engine, players }) =>
    (!config.voices?.length || config.voices.includes(engine)) && (all || [...players.keys()].some(heard));
}

/** Return the entities that the configuration names. */
export const namedIn = ({ players = [], voices = [], speaker }: CardConfig): string[] =>
  [...players, ...voices, speaker!].filter(Boolean);

/** Return what the configuration names and the home does not have. */
export function missing(hass: Hass, config: CardConfig): string[] {
  const gone = namedIn(config).filter((entity) => !hass.states[entity]);
  return config.area && !hass.areas[config.area] ? [...gone, config.area] : gone;
}

/** Return whether a change of the home concerns a card; `shown`: the entities that it names now. */
export function concerns(config: CardConfig, shown: string[], before: Hass, hass: Hass): boolean {
  const isOther = (["locale", "entities", "areas"] as const).some((part) => before[part] !== hass[part]);
  return isOther || (config.say === true && concernsTargets(before, hass)) || [...shown, ...namedIn(config)].some((one) => before.states[one] !== hass.states[one]);
}
