/** What the server wants of one of the two places for sound. */
export interface Slot {
  id: string;
  content_id: string;
  url: string;
  state: "loading" | "playing" | "paused";
  /** Seconds at the moment of sending. */
  position: number;
  /** From 0 to 1; without it that of the player. */
  volume?: number | null;
}

export interface Wanted {
  type: "wanted";
  volume: number;
  muted: boolean;
  media: Slot | null;
  announcement: Slot | null;
}

const DRIFT_S = 0.08;
const SEEK_S = 0.4;
const PACE = 0.05;

/** How to come to where the others are. */
export interface Correction {
  /** Seconds to jump to. */
  seek?: number;
  rate: number;
  /** Seconds for which the rate holds. */
  hold: number;
}

/** Return how to come from a position to another one, both in seconds. */
export function steer(here: number, there: number): Correction {
  const drift = there - here;
  if (Math.abs(drift) <= DRIFT_S) return { rate: 1, hold: 0 };
  if (Math.abs(drift) > SEEK_S) return { seek: Math.max(there, 0), rate: 1, hold: 0 };
  return { rate: 1 + Math.sign(drift) * PACE, hold: Math.abs(drift) / PACE };
}

/** Return whether a place in a sound can be gone to; in a stream it cannot. */
export function reaches({ duration, seekable }: Pick<HTMLMediaElement, "duration" | "seekable">, place: number): boolean {
  // Chromium calls all of a stream seekable while it grows, and starts it anew instead.
  return Number.isFinite(duration) && seekable.length > 0 && seekable.end(seekable.length - 1) >= Math.min(place, duration);
}

/** Return whether a medium is an announcement of ours, at whatever player. */
export const speaks = (contentId: string, announcementId: string): boolean =>
  contentId.startsWith(`media-source://elevenlabs_streaming/${announcementId}/`);

/** Return the player whose audio a medium of ours is. */
export const playerOf = (contentId: string): string => contentId.slice(contentId.lastIndexOf("/") + 1);
