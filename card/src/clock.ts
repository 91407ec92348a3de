/** Seconds that only ever grow, from the browser's stopwatch. */
export const now = (): number => performance.now() / 1000;

const JUMP_S = 0.3;
const EASE_S = 0.4;

/** Where the sound is, between the reports of where it was. */
export class Clock {
  #base = 0;
  #at = 0;
  #lag = 0;
  #known = false;

  playing = false;

  /** Return the seconds into the audio at a moment. */
  position(at: number): number {
    if (!this.playing) return this.#base;
    const gone = at - this.#at;
    return this.#base + gone - this.#lag * Math.exp(-gone / EASE_S);
  }

  /** Take a report. A small difference is eased away, never backwards; a great one is a seek. */
  report(position: number, playing: boolean, at: number): void {
    const shown = this.position(at);
    const near = this.#known && Math.abs(position - shown) < JUMP_S;
    this.#lag = near && playing ? position - shown : 0;
    this.#base = near && !playing ? Math.max(shown, position) : position;
    this.#at = at;
    this.#known = true;
    this.playing = playing;
  }
}
