import { html, nothing } from "lit/html.js";

import type { Announcement } from "../announcement";
import { icon } from "../icon";
import type { Hass } from "../hass";
import type { Strings } from "../strings";
import { speakerOf, type DashboardSpeaker } from "./speaker";

/** A card's part in the page's speaker: asks once whether it shall be heard, then a small switch. */
export class Sound {
  #speaker: DashboardSpeaker | null = null;

  /** `update` is called when it is to be rendered anew. */
  constructor(readonly update: () => void) {}

  set hass(hass: Hass) {
    if (this.#speaker) this.#speaker.hass = hass;
  }

  /** Return where an announcement is that is heard here, in seconds; null if it is not. */
  positionOf = (announcement: Announcement): number | null => this.#speaker?.positionOf(announcement) ?? null;

  /** Make the page sound for the dashboard player, as soon as there is one; `wanted` chooses among several. */
  attach(hass: Hass, wanted?: string): void {
    if (this.#speaker) return;
    this.#speaker = speakerOf(hass, wanted);
    this.#speaker?.addEventListener("change", this.update);
    this.#speaker?.attach();
    if (this.#speaker) this.update();
  }

  /** Let the page be silent, unless there is another card. */
  detach(): void {
    this.#speaker?.removeEventListener("change", this.update);
    this.#speaker?.detach();
    this.#speaker = null;
  }

  get #asks(): boolean {
    const { soundWanted: wanted, unlocked } = this.#speaker!;
    return wanted === null || (wanted && unlocked === false);
  }

  renderQuestion(strings: Strings): unknown {
    const speaker = this.#speaker;
    if (!speaker || !this.#asks) return nothing;
    return html`<div class="ask">
      <button class="main" @click=${() => speaker.want(true)}>
        ${icon("volume-high")} ${speaker.soundWanted ? strings.touch : strings.turnOn}
      </button>
      <button class="other" @click=${() => speaker.want(false)}>${strings.notHere}</button>
    </div>`;
  }

  renderSwitch({ sound }: Strings): unknown {
    const speaker = this.#speaker;
    if (!speaker || this.#asks) return nothing;
    const wanted = speaker.soundWanted;
    return html`<button
      class="switch"
      type="button"
      role="switch"
      aria-checked=${wanted}
      aria-label=${sound}
      title=${sound}
      @click=${() => speaker.want(!wanted)}
    >
      ${icon(wanted ? "volume-high" : "volume-off")}
    </button>`;
  }
}
