import type { Announcement } from "./announcement";

export interface Moment {
  /** Number of the cue that is shown; a half more between two cues. */
  cue: number;
  /** Number of the word that sounds; a half more between two words. */
  word: number;
}

// A voice takes breath without the word being over for the eye.
const BREATH_S = 0.25;

/** Return what is to be seen at a position in seconds; null is before the start. */
export function momentAt({ words, cues }: Announcement, at: number | null): Moment {
  const position = at ?? -Infinity;
  const number = cues.findLastIndex(({ first }) => words[first] && words[first].start <= position);
  const cue = cues[number];
  if (!cue) return { cue: 0, word: -1 };
  const word = cue.first + words.slice(cue.first, cue.after).findLastIndex(({ start }) => start <= position);
  const sounds = position < (words[word]?.end ?? 0) + BREATH_S;
  const over = position >= cue.end && number + 1 < cues.length;
  return { cue: over ? number + 0.5 : number, word: sounds ? word : word + 0.5 };
}

/** Return what is left to be seen when it is over: all of it, or as much as was heard; no word sounds. */
export function lastMoment(announcement: Announcement, at: number | null): Moment {
  const whole = announcement.is("finished") || announcement.silenced;
  const { cue, word } = momentAt(announcement, whole ? Infinity : at);
  return { cue: Math.floor(cue), word: Math.floor(word) + 0.5 };
}

// The states of players that tell a position, the one to go by first.
const HEARD = ["playing", "paused", "stopped", "failed"];

/** Return where the sound is for someone who hears these players, in seconds. */
export function positionOf(
  announcement: Announcement,
  chosen: (entity: string) => boolean,
  at: number,
): number | null {
  const players = [...announcement.players].sort(([a], [b]) => Number(chosen(b)) - Number(chosen(a)));
  const clocks = HEARD.map((state) => players.find(([, player]) => player.state === state && player.clock));
  return clocks.find(Boolean)?.[1].clock!.position(at) ?? null;
}

