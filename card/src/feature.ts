import { LitElement, html, nothing, type TemplateResult } from "lit";

import { CaptionsController } from "./captions-controller";
import { now } from "./clock";
import { LINGER_S, TYPE, type CardConfig } from "./config";
import { styled } from "./elements/base";
import styles from "./feature.css?inline";
import { announcementFilter, playerFilter } from "./filters";
import { languageOf, type Hass } from "./hass";
import { runs, seenAt } from "./positions";
import { FEATURE } from "./picker";
import { select } from "./selection";
import { stringsFor } from "./strings";

/** The captions of a voice or a player, in its tile. */
export class CaptionsFeature extends LitElement {
  static getStubConfig = (): object => ({ type: `custom:${FEATURE}` });
  static override styles = styled(styles);
  static override properties = { hass: { attribute: false }, context: { attribute: false }, stateObj: { attribute: false } };

  declare hass?: Hass;
  declare context?: { entity_id?: string };
  /** What Home Assistant set before there was a context. */
  declare stateObj?: { entity_id: string };

  #captions = new CaptionsController(this);
  #timer: ReturnType<typeof setTimeout> | undefined;

  setConfig(): void {}

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (this.hass && changed.has("hass")) this.#captions.take(this.hass, changed.get("hass") as Hass | undefined);
  }

  get #config(): CardConfig {
    const entity = this.context?.entity_id ?? this.stateObj?.entity_id ?? "";
    return entity.startsWith("tts.") ? { type: TYPE, voices: [entity] } : { type: TYPE, players: [entity] };
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass } = this;
    if (!hass) return nothing;
    const live = this.#live;
    const strings = stringsFor(languageOf(hass), () => this.requestUpdate());
    if (!live) return html`<p class="quiet">${strings.quiet}</p>`;
    const witness = { here: () => null, replay: () => null, chosen: playerFilter(hass, this.#config) };
    return html`<elevenlabs-cues
      .announcement=${live}
      .revision=${live.revision}
      .moment=${(at: number) => seenAt(live, witness, at)}
      .running=${runs(live, witness, now())}
    ></elevenlabs-cues>`;
  }

  protected override updated(): void {
    clearTimeout(this.#timer);
    const live = this.hass && this.#live;
    if (live?.ended != null) this.#timer = setTimeout(() => this.requestUpdate(), Math.max(0, live.ended + LINGER_S - now()) * 1000 + 1);
  }

  get #live() {
    const wanted = announcementFilter(this.hass!, this.#config);
    return select(this.#captions.announcements, { wanted, linger: LINGER_S, replayed: null, hidden: new Set() }, now(), []).live[0];
  }
}
