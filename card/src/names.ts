import type { Announcement } from "./announcement";
import type { Hass } from "./hass";
import type { Strings } from "./strings";

/** Return the name that people gave an entity. */
export const nameOf = (hass: Hass, entity: string): string =>
  hass.states[entity]?.attributes.friendly_name ?? entity;

/** Return the area that an entity is in, its own or its device's. */
export function areaOf(hass: Hass, entity: string): string | null {
  const entry = hass.entities[entity];
  return entry?.area_id ?? hass.devices[entry?.device_id ?? ""]?.area_id ?? null;
}

/** Return where players are: the names of their areas, or their own where an area has several. */
export function placesOf(hass: Hass, players: string[]): Map<string, string> {
  const areas = players.map((player) => hass.areas[areaOf(hass, player) ?? ""]?.name);
  return new Map(
    players.map((player, index) => {
      const area = areas[index];
      const isAlone = area && areas.indexOf(area) === areas.lastIndexOf(area);
      return [player, isAlone ? area : nameOf(hass, player)];
    }),
  );
}

/** Return who speaks: the voice, the speakers of a dialogue, or the fallback in place of whom. */
export function voiceOf(hass: Hass, strings: Strings, announcement: Announcement): string {
  const { engine, voice, fallback, speakers } = announcement;
  const own = speakers.join(", ") || voice || nameOf(hass, engine);
  return fallback ? strings.instead.replace("{fallback}", nameOf(hass, fallback)).replace("{voice}", own) : own;
}

/** Return the players that have names; somebody who fetched the audio without saying who has none. */
export const namedPlayers = ({ players }: Announcement): string[] => [...players.keys()].filter((player) => player !== "unknown");
