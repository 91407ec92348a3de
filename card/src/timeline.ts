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

/** Return what is left to be seen when it is over. */
export const lastMoment = ({ cues }: Announcement): Moment => ({ cue: Math.max(0, cues.length - 1), word: Infinity });

/** Return where the sound is for someone who hears these players, in seconds. */
export function positionOf(
  announcement: Announcement,
  chosen: (entity: string) => boolean,
  at: number,
): number | null {
  const players = [...announcement.players].sort(([a], [b]) => Number(chosen(b)) - Number(chosen(a)));
  const heard = (state: string) => players.find(([, player]) => player.state === state && player.clock);
  const clock = (heard("playing") ?? heard("paused"))?.[1].clock;
  return clock?.position(at) ?? null;
}

