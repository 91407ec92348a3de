import { html, nothing, type TemplateResult } from "lit";

import { icon } from "../icon";
import type { DashboardSpeaker } from "../speaker/speaker";
import type { Strings } from "../strings";
import { Part, styled } from "./base";
import styles from "./sound-chip.css?inline";

/** The chips of the page: the first one asks whether this browser shall be heard; each has the switch. */
const chips = new Set<SoundChip>();

/** Whether this browser is a speaker: a chip that asks once, then a switch. */
export class SoundChip extends Part {
  static override styles = styled(styles);
  static override properties = { strings: { attribute: false }, speaker: { attribute: false }, revision: { attribute: false } };

  declare strings: Strings;
  declare speaker: DashboardSpeaker | null;
  declare revision: number;

  override connectedCallback(): void {
    super.connectedCallback();
    chips.add(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    chips.delete(this);
    for (const chip of chips) chip.requestUpdate();
  }

  /** Whether somebody has to touch the page before it can be heard. */
  get #asks(): boolean {
    const { soundWanted, unlocked } = this.speaker!;
    return soundWanted === null || (soundWanted && unlocked === false);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { speaker } = this;
    if (!speaker) return nothing;
    if (!this.#asks) return this.#renderSwitch(speaker);
    const [first] = chips;
    return first === this || speaker.soundWanted ? this.#renderQuestion(speaker) : nothing;
  }

  #renderQuestion(speaker: DashboardSpeaker): TemplateResult {
    const { strings } = this;
    return html`<div class="ask">
      <button class="chip" type="button" @click=${() => speaker.want(true)}>
        ${icon("volume-high")}${speaker.soundWanted ? strings.touch : strings.turnOn}
      </button>
      <ha-icon-button .label=${strings.notHere} @click=${() => speaker.want(false)}>${icon("close")}</ha-icon-button>
    </div>`;
  }

  #renderSwitch(speaker: DashboardSpeaker): TemplateResult {
    const isOn = speaker.soundWanted === true;
    return html`<button
      class="switch"
      type="button"
      role="switch"
      aria-checked=${isOn}
      aria-label=${this.strings.sound}
      title=${this.strings.sound}
      @click=${() => speaker.want(!isOn)}
    >
      ${icon(isOn ? "volume-high" : "volume-off")}
    </button>`;
  }
}
