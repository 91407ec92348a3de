import { Clock } from "./clock";
import { cuesOf, fields, gapBefore, number, text, texts, wordsOf, type Cue, type Word } from "./protocol";
import { segmented, type Segmented } from "./segments";

export interface Player {
  /** What the server calls it; there may be new ones. */
  state: string;
  clock: Clock | null;
  /** Seconds of its audio before the speech, for a chime. */
  intro: number;
  /** How many announcements come before it at this player, itself counted; null once it is called. */
  place: number | null;
  failure: Failure | null;
}

/** Why something failed: in the words of the server, and as a key of its translated exceptions. */
export interface Failure {
  error: string;
  cause: string | null;
  placeholders: Record<string, string>;
}

/** Return why a player failed, as a report tells it; null if it did not. */
export const failureOf = ({ error, cause, placeholders }: Record<string, unknown>): Failure | null =>
  typeof error === "string" ? { error, cause: text(cause), placeholders: texts(placeholders) } : null;

const OVER = ["finished", "stopped", "failed", "silenced"];
// Players that were never heard of again do not hold the card for ever.
const PATIENCE_S = 60;

/** What is known of one announcement, from its first `replace` on. */
export class Announcement {
  declare engine: string;
  /** What people call the voice. */
  declare voice: string | null;
  declare priority: string | null;
  /** Another voice that spoke in its place. */
  declare fallback: string | null;
  declare language: string | null;
  declare message: string | null;
  declare state: string | null;
  declare duration: number | null;
  declare private: boolean;
  declare words: Word[];
  declare cues: Cue[];
  /** The words and cues as they came. */
  #told: Segmented = { words: [], cues: [] };
  /** Moments of this browser's stopwatch. */
  declare begun: number;
  ended: number | null = null;
  declare stale: boolean;
  /** Whether it is said again until somebody acknowledges it. */
  acknowledgeable = false;
  players = new Map<string, Player>();
  /** Counts the changes. */
  revision = 0;

  constructor(readonly id: string) {}

  /** Take all that is known; it replaces what was known. */
  replace(track: Record<string, unknown>, at: number): void {
    this.engine = text(track.engine) ?? "";
    this.voice = text(track.voice);
    this.priority = text(track.priority);
    this.fallback = text(track.fallback);
    this.language = text(track.language);
    this.message = text(track.message);
    this.state = text(track.state);
    this.duration = number(track.duration);
    this.private = track.private === true;
    this.#tell(wordsOf(track.words), cuesOf(track.cues));
    this.begun = at - (number(track.age) ?? 0);
    this.stale = false;
    const known = this.ended;
    this.play(track, at);
    if (this.ended != null && !this.silenced) this.ended = known ?? Math.min(at, this.begun + this.length);
  }

  /** Append words and replace the cues that they change. */
  append(words: unknown, cues: unknown): void {
    const told = this.#told;
    const fresh = cuesOf(cues);
    const from = fresh[0]?.first;
    const kept = from == null ? told.cues : told.cues.filter((cue) => cue.first < from);
    this.#tell(told.words.concat(wordsOf(words)), kept.concat(fresh));
    this.revision += 1;
  }

  /** Take what a message tells of all players. */
  play({ players, can_acknowledge: acknowledgeable }: Record<string, unknown>, at: number): void {
    const known = this.players;
    this.revision += 1;
    this.acknowledgeable = acknowledgeable === true;
    this.players = new Map();
    for (const [entity, value] of Object.entries(fields(players) ?? {})) {
      const report = fields(value);
      if (!report) continue;
      const state = text(report.state) ?? "waiting";
      const position = number(report.position);
      let clock = known.get(entity)?.clock ?? null;
      if (position != null) (clock ??= new Clock()).report(position, state === "playing", at);
      else if (clock) clock.report(clock.position(at), false, at);
      const [intro, place] = [number(report.intro) ?? 0, number(report.place)];
      this.players.set(entity, { state, clock, intro, place, failure: failureOf(report) });
    }
    if (this.silenced) this.ended = this.begun + this.length;
    else if (this.#underWay()) this.ended = null;
    else this.ended ??= at;
  }

  /** Whether it is being said, or is about to be. */
  live(at: number): boolean {
    if (this.ended != null) return this.silenced && at < this.ended;
    return this.heard || this.queued || this.acknowledgeable || at < this.begun + this.length + PATIENCE_S;
  }

  /** Return whether a player is in that state. */
  is(state: string): boolean {
    return this.#states.includes(state);
  }

  /** Whether a player is in the middle of it. */
  get heard(): boolean {
    return this.is("playing") || this.is("paused");
  }

  /** Whether nobody hears it, since nobody wants to be disturbed: its captions run by themselves. */
  get silenced(): boolean {
    const states = this.#states;
    return states.length > 0 && states.every((state) => state === "silenced");
  }

  /** Return whether it came to nothing. */
  get failed(): boolean {
    const states = this.#states;
    return this.state === "failed" || (states.length > 0 && states.every((state) => state === "failed"));
  }

  /** Return why it failed. */
  get failure(): Failure | null {
    return [...this.players.values()].find((player) => player.failure)?.failure ?? null;
  }

  /** Whether it waits for its turn everywhere. */
  get queued(): boolean {
    const states = this.#states;
    return !this.acknowledgeable && states.length > 0 && states.every((state) => state === "queued" || OVER.includes(state)) && this.is("queued");
  }

  /** Return its place where it comes next; null once it is called. */
  get place(): number | null {
    const places = [...this.players.values()].flatMap(({ place }) => place ?? []);
    return places.length ? Math.min(...places) : null;
  }

  get critical(): boolean {
    return this.priority === "critical";
  }

  /** Seconds, as far as they are known. */
  get length(): number {
    return this.duration ?? this.words.at(-1)?.end ?? 0;
  }

  /** Return its text as far as it is known. */
  get text(): string {
    return this.message ?? this.said(0, this.words.length);
  }

  /** Return the text of some of its words. */
  said(first: number, after: number): string {
    const parts = this.words.slice(first, after).map((word) => gapBefore(word) + word.text);
    return parts.join("").replaceAll("\n", " ").trim();
  }

  /** Return who says a word, and the number of that speaker; null where only one speaks. */
  speaker(word: number): { name: string; number: number } | null {
    const name = this.words[word]?.speaker;
    return name ? { name, number: this.speakers.indexOf(name) } : null;
  }

  /** Return all who speak, in their order; none where only one voice does. */
  get speakers(): string[] {
    return [...new Set(this.words.flatMap(({ speaker }) => speaker || []))];
  }

  #tell(words: Word[], cues: Cue[]): void {
    this.#told = { words, cues };
    ({ words: this.words, cues: this.cues } = segmented(words, cues, this.language));
  }

  get #states(): string[] {
    return [...this.players.values()].map(({ state }) => state);
  }

  #underWay(): boolean {
    if (this.acknowledgeable) return true;
    const states = this.#states;
    return states.length ? states.some((state) => !OVER.includes(state)) : this.state === "speaking";
  }
}
