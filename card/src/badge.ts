import { LitElement, css, html, nothing, type TemplateResult } from "lit";

import { CaptionsController } from "./captions-controller";
import { now } from "./clock";
import { LINGER_S, checkConfig, TYPE, type CardConfig } from "./config";
import { announcementFilter, playerFilter } from "./filters";
import { languageOf, type Hass } from "./hass";
import { namedPlayers, placesOf, voiceOf } from "./names";
import { runs, seenAt, type Witness } from "./positions";
import { select } from "./selection";
import { stringsFor } from "./strings";
import { follow, unfollow } from "./ticker";

/** The caption that is said now, as a badge. */
export class CaptionsBadge extends LitElement {
  static override styles = css`
    ha-badge {
      max-width: min(100vw - 32px, 420px);
    }
  `;
  static override properties = { hass: { attribute: false } };

  declare hass?: Hass;

  #config: CardConfig = { type: TYPE };
  #captions = new CaptionsController(this);
  #cue = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  setConfig(config: CardConfig): void {
    const { type: _, show_name: __, ...options } = config;
    checkConfig({ type: TYPE, ...options });
    this.#config = config;
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    unfollow(this.#follow);
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (this.hass && changed.has("hass")) this.#captions.take(this.hass, changed.get("hass") as Hass | undefined);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass } = this;
    if (!hass) return nothing;
    const strings = stringsFor(languageOf(hass), () => this.requestUpdate());
    const live = this.#live;
    if (!live) {
      return html`<ha-badge .label=${strings.name}><ha-icon slot="icon" icon="mdi:message-text-outline"></ha-icon>${strings.quiet}</ha-badge>`;
    }
    const { cue } = this.#seen(live);
    this.#cue = Math.floor(cue);
    const shown = live.cues[this.#cue];
    const text = shown ? live.said(shown.first, shown.after) : live.text;
    const players = namedPlayers(live);
    const where = [...new Set(placesOf(hass, players).values())].join(", ");
    return html`<ha-badge .label=${[voiceOf(hass, strings, live), where].filter(Boolean).join(" · ")}>
      <ha-icon slot="icon" icon="mdi:account-voice"></ha-icon><span lang=${live.language ?? nothing}>${text}</span>
    </ha-badge>`;
  }

  protected override updated(): void {
    clearTimeout(this.#timer);
    const live = this.hass && this.#live;
    if (live && runs(live, this.#witness, now())) follow(this.#follow);
    else unfollow(this.#follow);
    if (live?.ended != null) this.#timer = setTimeout(() => this.requestUpdate(), Math.max(0, live.ended + LINGER_S - now()) * 1000 + 1);
  }

  get #live() {
    const wanted = announcementFilter(this.hass!, this.#config);
    return select(this.#captions.announcements, { wanted, linger: LINGER_S, replayed: null, hidden: new Set() }, now(), []).live[0];
  }

  #seen(live: NonNullable<ReturnType<typeof select>["live"][0]>) {
    return seenAt(live, this.#witness, now());
  }

  get #witness(): Witness {
    return { here: () => null, replay: () => null, chosen: playerFilter(this.hass!, this.#config) };
  }

  #follow = (): void => {
    const live = this.#live;
    if (!live || Math.floor(this.#seen(live).cue) !== this.#cue) this.requestUpdate();
  };
}
