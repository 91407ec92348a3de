import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Announcement } from "../announcement";
import { now } from "../clock";
import { gapBefore, type Cue } from "../protocol";
import { directionOf } from "../strings";
import { follow, unfollow } from "../ticker";
import type { Moment } from "../timeline";
import { Part, styled } from "./base";
import styles from "./cues.css?inline";

/** Degrees of the speakers' colors; neighbors are far apart. */
const HUES = [255, 35, 150, 320, 90, 200, 0, 285, 60, 175];
const BEFORE = 1;
const AFTER = 2;
const GLIDE_MS = 350;

/** Where the cues and words stand in the roll, in pixels from its top; measured once a cue. */
interface Places {
  cues: Map<number, number>;
  words: { top: number; bottom: number }[];
  view: number;
}

/** The words of an announcement: they roll by like the lines of a song, the one that sounds marked. */
export class Cues extends Part {
  static override styles = styled(styles);
  static override properties = {
    announcement: { attribute: false },
    revision: { attribute: false },
    moment: { attribute: false },
    running: { type: Boolean, reflect: true },
    tags: { type: Boolean },
  };

  declare announcement: Announcement;
  declare revision: number;
  /** Returns what is to be seen at a moment of the page's clock. */
  declare moment: (at: number) => Moment;
  /** Whether it sounds, so that the words have to be followed. */
  declare running: boolean;
  declare tags: boolean;

  #at: Moment = { cue: 0, word: -1 };
  #places: Places | null = null;
  #offset = 0;
  #told = "";
  #sizes = new ResizeObserver(() => this.#measure());

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    unfollow(this.#follow);
    this.#sizes.disconnect();
  }

  protected override willUpdate(): void {
    this.#at = this.moment(now());
  }

  protected override render(): TemplateResult {
    const { announcement } = this;
    const { language, cues } = announcement;
    const at = Math.floor(this.#at.cue);
    const shown = cues.slice(Math.max(0, at - BEFORE), at + AFTER + 1);
    return html`<div class="view" aria-hidden="true" lang=${language ?? nothing} dir=${directionOf(language)}>
      <div class="roll">
        ${shown.length
          ? repeat(shown, ({ first }) => first, (cue) => this.#renderCue(cue, cues.indexOf(cue) - at))
          : html`<p class="cue plain">${announcement.text || "…"}</p>`}
      </div>
    </div>`;
  }

  protected override updated(changed: PropertyValues): void {
    this.#sizes.observe(this);
    this.toggleAttribute("last", !this.renderRoot.querySelector(".after"));
    this.#mark();
    this.#measure(!changed.has("announcement"));
    this.#tell();
    if (this.running && this.isConnected) follow(this.#follow);
    else unfollow(this.#follow);
  }

  #renderCue({ first, after, split }: Cue, distance: number): TemplateResult {
    const middle = split ?? after;
    const speaker = this.announcement.speaker(first);
    return html`<p class="cue ${distance < 0 ? "before" : distance ? "after" : "present"}" data-first=${first}>
      ${speaker ? html`<b class="name" style="--hue: ${HUES[speaker.number % HUES.length]}">${speaker.name}</b>` : nothing}
      <span class="line">${this.#renderLine(first, middle)}</span>
      ${gapBefore(this.announcement.words[middle])}
      <span class="line">${this.#renderLine(middle, after)}</span>
    </p>`;
  }

  #renderLine(first: number, after: number): unknown {
    return this.announcement.words.slice(first, after).map((word, index) => {
      const tag = this.tags && word.tag ? html`<i>(${word.tag})</i> ` : nothing;
      return html`${index ? gapBefore(word) : nothing}${tag}<span class="word">${word.text}</span>`;
    });
  }

  /** In a frame there is no time to render: a word changes the classes of two elements. */
  #follow = (): void => {
    const { cue, word } = this.#at;
    const at = this.moment(now());
    if (Math.floor(at.cue) !== Math.floor(cue) || word < 0 !== at.word < 0) return this.requestUpdate();
    this.#at = at;
    if (at.word === word) return;
    this.#mark();
    this.#roll(true);
  };

  get #present(): HTMLElement | null {
    return this.renderRoot.querySelector(".cue.present");
  }

  #mark(): void {
    for (const cue of this.renderRoot.querySelectorAll<HTMLElement>(".cue[data-first]")) {
      const first = Number(cue.dataset.first);
      cue.querySelectorAll(".word").forEach((element, index) => {
        const number = first + index;
        const state = number < this.#at.word ? "word said" : number === this.#at.word ? "word now" : "word";
        if (element.className !== state) element.className = state;
      });
    }
  }

  #measure(glides = false): void {
    const before = this.#places;
    const elements = [...this.renderRoot.querySelectorAll<HTMLElement>(".cue[data-first]")];
    const words = [...(this.#present?.querySelectorAll<HTMLElement>(".word") ?? [])];
    this.#places = {
      cues: new Map(elements.map((element) => [Number(element.dataset.first), element.offsetTop])),
      words: words.map(({ offsetTop: top, offsetHeight }) => ({ top, bottom: top + offsetHeight })),
      view: this.renderRoot.querySelector<HTMLElement>(".view")!.clientHeight,
    };
    this.#roll(glides, this.#shift(before));
  }

  /** Return by how much the roll has moved only because cues above were taken out of it. */
  #shift(before: Places | null): number {
    for (const [first, top] of this.#places!.cues) {
      const old = before?.cues.get(first);
      if (old !== undefined) return top - old;
    }
    return 0;
  }

  /** Roll to the present cue, or further where that is higher than the view. */
  #roll(glides: boolean, shift = 0): void {
    const places = this.#places!;
    const first = this.announcement.cues[Math.floor(this.#at.cue)]?.first ?? 0;
    const top = places.cues.get(first) ?? 0;
    const word = places.words[Math.max(0, Math.floor(this.#at.word) - first)];
    const line = word ? word.bottom - word.top : 0;
    // The last line of the view fades out.
    const isBelow = word !== undefined && word.bottom - top > places.view - line / 2;
    // A line that was said stays in sight where there is room for it.
    const lead = places.view >= 3 * line ? line : 0;
    const offset = isBelow ? word.top - lead : top;
    const from = this.#offset + shift;
    this.#offset = offset;
    const roll = this.renderRoot.querySelector<HTMLElement>(".roll")!;
    if (from === offset && !shift) return;
    roll.style.transform = `translateY(${-offset}px)`;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!glides || isCalm || from === offset) return;
    const frames = [from, offset].map((y) => ({ transform: `translateY(${-y}px)` }));
    roll.animate(frames, { duration: GLIDE_MS, easing: "cubic-bezier(0.3, 0, 0.2, 1)" });
  }

  /** Tell the card of each cue as it begins, for screen readers. */
  #tell(): void {
    const { announcement } = this;
    const cue = announcement.cues[Math.floor(this.#at.cue)];
    const key = `${announcement.id} ${cue?.first}`;
    if (!cue || this.#at.word < 0 || !this.running || key === this.#told) return;
    this.#told = key;
    this.dispatchEvent(new CustomEvent("cue", { detail: { announcement, cue }, bubbles: true, composed: true }));
  }
}
