import { css, html, nothing, type TemplateResult } from "lit";

import { now } from "./clock";
import { checkConfig, TYPE, type CardConfig } from "./config";
import { CurrentCaption } from "./current-caption";
import { namedPlayers, placesOf, voiceOf } from "./names";
import { runs, seenAt } from "./positions";
import { follow, unfollow } from "./ticker";

/** The caption that is said now, as a badge. */
export class CaptionsBadge extends CurrentCaption {
  static override styles = css`
    ha-badge {
      max-width: min(100vw - 32px, 420px);
    }
  `;

  protected about: CardConfig = { type: TYPE };

  #cue = 0;

  setConfig(config: CardConfig): void {
    const { show_name: _, ...options } = config;
    checkConfig(options);
    this.about = options;
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    unfollow(this.#follow);
  }

  protected override render(): TemplateResult {
    const { hass, strings, current } = this;
    if (!current) return this.#renderBadge(strings.name, "message-text-outline", strings.quiet);
    this.#cue = this.#cueNow;
    const cue = current.cues[this.#cue];
    const text = cue ? current.said(cue.first, cue.after) : current.text;
    const where = [...new Set(placesOf(hass!, namedPlayers(current)).values())].join(", ");
    const label = [voiceOf(hass!, strings, current), where].filter(Boolean).join(" · ");
    return this.#renderBadge(label, "account-voice", text, current.language);
  }

  protected override updated(): void {
    const { current } = this;
    if (current && runs(current, this.positions, now())) follow(this.#follow);
    else unfollow(this.#follow);
  }

  #renderBadge(label: string, symbol: string, text: string, language: string | null = null): TemplateResult {
    return html`<ha-badge .label=${label}>
      <ha-icon slot="icon" icon="mdi:${symbol}"></ha-icon><span lang=${language ?? nothing}>${text}</span>
    </ha-badge>`;
  }

  get #cueNow(): number {
    const { current } = this;
    return current ? Math.floor(seenAt(current, this.positions, now()).cue) : 0;
  }

  #follow = (): void => {
    if (!this.current || this.#cueNow !== this.#cue) this.requestUpdate();
  };
}
