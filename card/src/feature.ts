import { html, type TemplateResult } from "lit";

import { now } from "./clock";
import { TYPE, type CardConfig } from "./config";
import { CurrentCaption } from "./current-caption";
import { styled } from "./elements/base";
import styles from "./feature.css?inline";
import { FEATURE } from "./picker";
import { runs, seenAt } from "./positions";

/** The captions of a voice or a player, in its tile. */
export class CaptionsFeature extends CurrentCaption {
  static getStubConfig = (): object => ({ type: `custom:${FEATURE}` });
  static override styles = styled(styles);
  static override properties = { context: { attribute: false }, stateObj: { attribute: false } };

  declare context?: { entity_id?: string };
  /** What Home Assistant set before there was a context. */
  declare stateObj?: { entity_id: string };

  setConfig(): void {}

  protected get about(): CardConfig {
    const entity = this.context?.entity_id ?? this.stateObj?.entity_id ?? "";
    return { type: TYPE, [entity.startsWith("tts.") ? "voices" : "players"]: [entity] };
  }

  protected override render(): TemplateResult {
    const { current, positions } = this;
    if (!current) return html`<p class="quiet">${this.strings.quiet}</p>`;
    return html`<elevenlabs-cues
      .announcement=${current}
      .revision=${current.revision}
      .moment=${(at: number) => seenAt(current, positions, at)}
      .running=${runs(current, positions, now())}
    ></elevenlabs-cues>`;
  }
}
