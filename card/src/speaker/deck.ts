import { now } from "../clock";
import type { Hass } from "../hass";
import { number } from "../protocol";
import { reaches, steer, type Slot } from "./steer";

export type ReportState = "ready" | "playing" | "paused" | "ended" | "error";

/** Takes what happens at a deck. */
export interface Listener {
  readonly hass: Hass;
  told(deck: Deck, state: ReportState, error?: string): void;
  refused(): void;
}

const FIRST_REPORT_MS = 250;
const REPORT_MS = 1000;
const MOVES_MS = 15;
// A broadcast never ends, so who joins late does not wait for all of it for ever.
const WHOLE_MS = 4000;
const JOIN_S = 0.3;
const FADE_MS = 200;
const FADE_STEPS = 10;
const SILENCE = `data:audio/wav;base64,UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAgICAgICAgA==`;

/** One audio element: plays what is wanted of it and tells how that goes. */
export class Deck {
  slot: Slot | null = null;
  /** Whether any of it has been heard. */
  begun = false;

  readonly #audio = new Audio();
  readonly #listener: Listener;
  #at = 0;
  #ready = false;
  #moving = false;
  #whole: "" | "fetching" | "had" = "";
  #timers: Record<string, ReturnType<typeof setTimeout> | undefined> = {};

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#audio.preload = "auto";
    const events: Record<string, () => void> = {
      canplay: this.#loaded,
      // Some browsers load nothing before they are told to play.
      suspend: this.#loaded,
      playing: this.#playing,
      waiting: this.#halted,
      pause: this.#halted,
      seeked: () => this.#audio.paused || this.#tell("playing"),
      ended: () => this.#over("ended"),
      error: () => this.#over("error", this.#audio.error?.message),
    };
    for (const [type, heard] of Object.entries(events)) {
      this.#audio.addEventListener(type, () => this.slot && heard());
    }
  }

  /** Seconds into the sound. */
  get position(): number {
    return this.#audio.currentTime;
  }

  /** Seconds of the whole sound; null for a stream. */
  get duration(): number | null {
    return number(this.#audio.duration);
  }

  /** Resolve if the browser lets this deck be heard; in a touch it always does. */
  async unlock(): Promise<void> {
    if (this.slot) return;
    this.#audio.src = SILENCE;
    await this.#audio.play();
    if (!this.slot) this.#audio.pause();
  }

  /** Play, pause, go elsewhere or be silent. */
  want(slot: Slot | null): void {
    const before = this.slot;
    this.slot = slot;
    this.#at = now();
    if (slot?.id !== before?.id) this.#load();
    else if (slot && this.begun) this.#align(before!);
    this.#act();
  }

  /** Become as loud as that, 0 to 1, without a click. */
  fade(loudness: number, muted: boolean): void {
    const audio = this.#audio;
    audio.muted = muted;
    clearInterval(this.#timers.fade);
    let left = audio.paused ? 1 : FADE_STEPS;
    const turn = () => {
      audio.volume += (loudness - audio.volume) / left;
      left -= 1;
      if (!left) clearInterval(this.#timers.fade);
    };
    this.#timers.fade = setInterval(turn, FADE_MS / FADE_STEPS);
  }

  /** Where the others are now, in seconds. */
  get #there(): number {
    const { state, position } = this.slot!;
    return state === "playing" ? position + now() - this.#at : position;
  }

  #load(): void {
    for (const name of ["report", "rate"]) clearTimeout(this.#timers[name]);
    this.begun = this.#moving = false;
    this.#whole = "";
    this.#audio.pause();
    this.#audio.playbackRate = 1;
    this.#fetch(this.slot && this.#listener.hass.hassUrl(this.slot.url));
  }

  #fetch(url: string | null): void {
    this.#ready = false;
    if (this.#audio.src.startsWith("blob:")) URL.revokeObjectURL(this.#audio.src);
    if (url) this.#audio.src = url;
    else this.#audio.removeAttribute("src");
    this.#audio.load();
  }

  #act(): void {
    if (this.slot?.state === "playing") this.#begin();
    else if (this.slot?.state === "paused" && this.begun) this.#audio.pause();
  }

  #loaded = (): void => {
    if (this.#ready) return;
    this.#ready = true;
    this.#tell("ready");
    this.#begin();
  };

  /** Start or go on, if that is wanted and can be done where the others are. */
  #begin = (): void => {
    if (this.slot?.state !== "playing" || !this.#ready || !this.#audio.paused || this.#audio.ended) return;
    if (!this.begun && this.#there > JOIN_S) this.#moving = true;
    if (this.#moving && !this.#move()) return;
    const { id } = this.slot;
    this.begun = true;
    this.#audio.play().catch((error: Error) => this.#refused(id, error));
  };

  /** Go to where the others are; false while the sound has to be fetched in one piece for that. */
  #move(): boolean {
    const there = this.#there;
    const can = reaches(this.#audio, there);
    if (can) this.#audio.currentTime = there;
    else if (!this.#whole) void this.#replace(this.slot!);
    this.#moving = this.#whole === "fetching";
    return !this.#moving;
  }

  async #replace({ id, url }: Slot): Promise<void> {
    this.#whole = "fetching";
    const whole = await fetch(this.#listener.hass.hassUrl(url), { signal: AbortSignal.timeout(WHOLE_MS) })
      .then((answer) => (answer.ok ? answer.blob() : null))
      .catch(() => null);
    if (this.slot?.id !== id) return;
    this.#whole = "had";
    if (whole) {
      this.#moving = true;
      this.#fetch(URL.createObjectURL(whole));
    } else this.#begin();
  }

  #align(before: Slot): void {
    if (this.#audio.ended || (this.slot!.state === "paused" && before.state === "playing")) return;
    const { seek, rate, hold } = steer(this.position, this.#there);
    if (seek !== undefined) this.#move();
    this.#audio.playbackRate = rate;
    clearTimeout(this.#timers.rate);
    if (hold) this.#timers.rate = setTimeout(() => (this.#audio.playbackRate = 1), hold * 1000);
  }

  /** Tell of the start once the sound moves on, which is a little after the browser says so. */
  #playing = (): void => {
    clearTimeout(this.#timers.report);
    if (this.position) this.#report("playing", FIRST_REPORT_MS);
    else this.#timers.report = setTimeout(this.#playing, MOVES_MS);
  };

  #halted = (): void => {
    if (this.begun && !this.#audio.ended) this.#over("paused");
  };

  #over(state: ReportState, error?: string): void {
    clearTimeout(this.#timers.report);
    this.#tell(state, error);
  }

  #refused(id: string, error: Error): void {
    if (error.name === "AbortError" || this.slot?.id !== id) return;
    if (error.name === "NotAllowedError") this.#listener.refused();
    this.#over("error", error.name);
  }

  #report(state: ReportState, next: number): void {
    clearTimeout(this.#timers.report);
    this.#tell(state);
    this.#timers.report = setTimeout(() => this.#report(state, REPORT_MS), next);
  }

  #tell(state: ReportState, error?: string): void {
    this.#listener.told(this, state, error);
  }
}
