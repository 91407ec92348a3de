import type { Announcement } from "./announcement";
import { lastMoment, momentAt, positionOf, type Moment } from "./timeline";

/** Where positions come from besides the reports of the players. */
export interface PositionSource {
  /** Return where it is in this browser, in seconds; null if it is not heard here. */
  here: (announcement: Announcement) => number | null;
  /** Return where this browser plays it again, in seconds; null if it does not. */
  replay: (announcement: Announcement) => number | null;
  /** Whether a player is one that the card is about. */
  chosen: (player: string) => boolean;
}

/** Return how many seconds of an announcement are over at a moment of the page's clock; null before its start. */
export function secondsOf(shown: Announcement, positions: PositionSource, at: number): number | null {
  const again = positions.replay(shown);
  if (again != null) return again;
  if (shown.silenced && shown.live(at)) return at - shown.begun;
  return positions.here(shown) ?? positionOf(shown, positions.chosen, at);
}

/** Return what is to be seen of an announcement at a moment of the page's clock. */
export function seenAt(shown: Announcement, positions: PositionSource, at: number): Moment {
  const position = secondsOf(shown, positions, at);
  const isOver = shown.ended != null && positions.replay(shown) == null && !(shown.silenced && shown.live(at));
  return isOver ? lastMoment(shown, position) : momentAt(shown, position);
}

/** Return how much of an announcement is over, from 0 to 1; null while its length is unknown. */
export function progressAt(shown: Announcement, positions: PositionSource, at: number): number | null {
  if (!shown.length) return null;
  const seconds = secondsOf(shown, positions, at);
  return seconds == null ? 0 : Math.min(1, Math.max(0, seconds / shown.length));
}

/** Whether an announcement sounds or runs by itself, so that its words have to be followed. */
export const runs = (shown: Announcement, positions: PositionSource, at: number): boolean =>
  positions.replay(shown) != null || shown.is("playing") || (shown.silenced && shown.live(at));
