import type { Announcement } from "./announcement";

/** What a card shows, each kind in the order in which it is shown. */
export interface Selection {
  /** At full size: what sounds or is about to; else what has just ended. */
  live: Announcement[];
  /** A line each: what waits for its turn, the next first. */
  waiting: Announcement[];
  /** A line each: what has just ended, while something else is live. */
  over: Announcement[];
}

export interface SelectionOptions {
  wanted: (announcement: Announcement) => boolean;
  /** Seconds for which something stays after its end. */
  linger: number;
  /** The announcement that this page plays again. */
  replayed: string | null;
  /** Announcements whose captions somebody has hidden. */
  hidden: ReadonlySet<string>;
}

/** Return what to show at a moment; what was live keeps its place, so that nothing jumps. */
export function select(all: Announcement[], options: SelectionOptions, at: number, before: Announcement[]): Selection {
  const { linger, replayed, hidden } = options;
  const wanted = all.filter((one) => options.wanted(one) && (one.id === replayed || !isGone(one, at, linger)));
  const waiting = wanted.filter((one) => one.id !== replayed && one.ended == null && (one.queued || hidden.has(one.id)));
  const sounding = wanted.filter((one) => one.id === replayed || (one.live(at) && !waiting.includes(one)));
  const over = wanted.filter((one) => !waiting.includes(one) && !sounding.includes(one)).sort((a, b) => endOf(b) - endOf(a));
  // With nothing else to show, what was said last can still be read.
  const lingering = sounding.length ? [] : over.splice(0, 1);
  return { live: ordered([...sounding, ...lingering], before), waiting: waiting.sort(byPlace), over };
}

/** Return the announcements that are over, the newest first; private ones are not listed. */
export function past(all: Announcement[], wanted: SelectionOptions["wanted"], most: number): Announcement[] {
  const over = all.filter((one) => one.ended != null && !one.private && wanted(one));
  return over.sort((a, b) => b.begun - a.begun).slice(0, most);
}

/** Return the seconds until something that is over is shown no more; null if nothing is. */
export function secondsLeft({ live, over }: Selection, linger: number, at: number): number | null {
  const ends = [...live, ...over].flatMap(({ ended }) => (ended == null ? [] : [ended > at ? ended - at : ended + linger - at]));
  return ends.length ? Math.max(0, Math.min(...ends)) : null;
}

const endOf = ({ ended, begun }: Announcement): number => ended ?? begun;

const isGone = (one: Announcement, at: number, linger: number): boolean =>
  !one.live(at) && (one.ended == null || at >= one.ended + linger);

const byPlace = (a: Announcement, b: Announcement): number => (a.place ?? 0) - (b.place ?? 0) || a.begun - b.begun;

/** Return them with those that were shown before in their old order, but what is urgent on top. */
function ordered(live: Announcement[], before: Announcement[]): Announcement[] {
  const kept = before.filter((one) => live.includes(one));
  return [...new Set([...kept, ...live])].sort((a, b) => rank(a) - rank(b));
}

const rank = (one: Announcement): number => (one.critical && one.ended == null ? 0 : one.heard ? 1 : 2);
