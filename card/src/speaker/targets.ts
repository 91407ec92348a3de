import type { Hass } from "../hass";
import { nameOf } from "../names";
import { ours } from "./speaker";

const PLAYERS = /^(media_player|assist_satellite)\./;
const CONCERNED = /^(media_player|assist_satellite|tts)\./;
const PLAY_MEDIA = 512;

export const isThere = (hass: Hass, entity: string): boolean => (hass.states[entity]?.state ?? "unavailable") !== "unavailable";

/** Return who can speak an announcement, the dashboards first. */
export function targetsOf(hass: Hass): string[] {
  const dashboards = ours(hass, "media_player");
  const others = Object.keys(hass.states).filter((entity) => {
    if (!PLAYERS.test(entity) || dashboards.includes(entity) || !isThere(hass, entity)) return false;
    const { supported_features: features } = hass.states[entity]!.attributes as { supported_features?: number };
    return !entity.startsWith("media_player.") || ((features ?? 0) & PLAY_MEDIA) > 0;
  });
  return [...dashboards, ...others.sort((a, b) => nameOf(hass, a).localeCompare(nameOf(hass, b)))];
}

/** Return whether a change of the home concerns who can be spoken to, and with which voice. */
export const concernsTargets = (before: Hass, hass: Hass): boolean =>
  before.entities !== hass.entities ||
  before.areas !== hass.areas ||
  Object.keys(hass.states).some((entity) => CONCERNED.test(entity) && before.states[entity] !== hass.states[entity]);

/** Return what is chosen: the last choice as long as it is there, or else the first that is. */
export function chosen(hass: Hass, choices: string[], last: string | null): string | undefined {
  if (last && choices.includes(last)) return last;
  return choices.find((entity) => isThere(hass, entity));
}
