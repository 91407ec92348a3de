import { linksOf } from "./actions";
import type { Hass } from "./hass";

/** Plays an announcement again in this browser, one at a time. */
export class Replay {
  #played: { id: string; audio: HTMLAudioElement } | null = null;
  #isOpen = true;

  /** `update` is called when it has begun or ended. */
  constructor(readonly update: () => void) {}

  /** The announcement that is played. */
  get id(): string | null {
    return this.#played?.id ?? null;
  }

  /** Return where it is, in seconds; null if it is another one. */
  positionOf(id: string): number | null {
    return this.#played?.id === id ? this.#played.audio.currentTime : null;
  }

  /** Play one; false when it is gone or the browser refuses. */
  async play(hass: Hass, id: string): Promise<boolean> {
    this.stop();
    this.#isOpen = true;
    const links = (await linksOf(hass, id))?.audio;
    if (!links) return false;
    const audio = new Audio(hass.hassUrl(links.url));
    const plays = await audio.play().then(() => true, () => false);
    if (!plays || !this.#isOpen) audio.pause();
    else {
      this.#played = { id, audio };
      audio.onended = this.stop;
      this.update();
    }
    return plays;
  }

  /** Let it be silent. */
  stop = (): void => {
    if (!this.#played) return;
    this.#played.audio.pause();
    this.#played = null;
    this.update();
  };

  /** End for good, also what is only being fetched. */
  close(): void {
    this.#isOpen = false;
    this.stop();
  }
}
