import { html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Announcement } from "../announcement";
import { now } from "../clock";
import type { Hass } from "../hass";
import { progressAt, runs, seenAt, type Witness } from "../positions";
import type { Strings } from "../strings";
import { Part, styled } from "./base";
import styles from "./live.css?inline";

/** What sounds, or is about to, at full size. */
export class Live extends Part {
  static override styles = styled(styles);
  static override properties = {
    hass: { attribute: false },
    strings: { attribute: false },
    announcements: { attribute: false },
    witness: { attribute: false },
    tags: { type: Boolean },
  };

  declare hass: Hass;
  declare strings: Strings;
  declare announcements: Announcement[];
  declare witness: Witness;
  declare tags: boolean;

  protected override render(): TemplateResult {
    return html`${repeat(
      this.announcements,
      ({ id }) => id,
      (one) => this.#renderOne(one),
    )}`;
  }

  #renderOne(one: Announcement): TemplateResult {
    const { witness } = this;
    return html`<elevenlabs-announcement
      .hass=${this.hass}
      .strings=${this.strings}
      .announcement=${one}
      .revision=${one.revision}
      .moment=${(at: number) => seenAt(one, witness, at)}
      .progress=${(at: number) => progressAt(one, witness, at)}
      .running=${runs(one, witness, now())}
      .replayed=${witness.replay(one) !== null}
      .tags=${this.tags}
    ></elevenlabs-announcement>`;
  }
}
