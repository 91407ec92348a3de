import { html, nothing } from "lit/html.js";

import { Element } from "../element";
import { languageOf, type Hass } from "../hass";
import { speakerOf, type DashboardSpeaker } from "./speaker";
import { speakerStrings } from "./strings";
import styles from "./styles";

/** Asks once whether this browser shall be heard; afterwards a small switch. */
export class SoundButton extends Element {
  #hass: Hass | undefined;
  #speaker: DashboardSpeaker | null = null;

  constructor() {
    super(styles);
  }

  set hass(hass: Hass) {
    const isNew = this.#hass?.entities !== hass.entities;
    this.#hass = hass;
    if (this.#speaker) this.#speaker.hass = hass;
    else if (isNew) this.#attach();
  }

  connectedCallback(): void {
    this.#attach();
  }

  disconnectedCallback(): void {
    this.#speaker?.removeEventListener("change", this.#changed);
    this.#speaker?.detach();
    this.#speaker = null;
  }

  protected override render(): unknown {
    const speaker = this.#speaker;
    if (!speaker) return nothing;
    const strings = speakerStrings(languageOf(this.#hass));
    const { soundWanted: wanted, unlocked } = speaker;
    if (wanted === null || (wanted && unlocked === false)) {
      return html`<div class="ask">
        <button class="main" @click=${() => speaker.want(true)}>
          <ha-icon icon="mdi:volume-high" aria-hidden="true"></ha-icon>
          ${wanted === null ? strings.turnOn : strings.touch}
        </button>
        <button @click=${() => speaker.want(false)}>${strings.notHere}</button>
      </div>`;
    }
    return html`<button
      class="small"
      role="switch"
      aria-checked=${String(wanted)}
      aria-label=${wanted ? strings.on : strings.off}
      title=${wanted ? strings.on : strings.off}
      @click=${() => speaker.want(!wanted)}
    >
      <ha-icon icon="mdi:volume-${wanted ? "high" : "off"}" aria-hidden="true"></ha-icon>
    </button>`;
  }

  #attach(): void {
    if (this.#speaker || !this.#hass || !this.isConnected) return;
    this.#speaker = speakerOf(this.#hass);
    this.#speaker?.addEventListener("change", this.#changed);
    this.#speaker?.attach();
    this.requestUpdate();
  }

  #changed = (): void => this.requestUpdate();
}
