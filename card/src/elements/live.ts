import { html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Announcement } from "../announcement";
import { now } from "../clock";
import type { Hass } from "../hass";
import { progressAt, runs, seenAt, type PositionSource } from "../positions";
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
    positions: { attribute: false },
    tags: { type: Boolean },
    notes: { attribute: false },
  };

  declare hass: Hass;
  declare strings: Strings;
  declare announcements: Announcement[];
  declare positions: PositionSource;
  declare tags: boolean;
  /** What became of what was asked for, by ID. */
  declare notes: ReadonlyMap<string, string>;

  protected override render(): TemplateResult {
    return html`${repeat(
      this.announcements,
      ({ id }) => id,
      (one) => this.#renderOne(one),
    )}`;
  }

  #renderOne(one: Announcement): TemplateResult {
    const { positions } = this;
    return html`<elevenlabs-announcement
      .hass=${this.hass}
      .strings=${this.strings}
      .announcement=${one}
      .revision=${one.revision}
      .moment=${(at: number) => seenAt(one, positions, at)}
      .progress=${(at: number) => progressAt(one, positions, at)}
      .running=${runs(one, positions, now())}
      .replayed=${positions.replay(one) !== null}
      .tags=${this.tags}
      .note=${this.notes.get(one.id) ?? ""}
    ></elevenlabs-announcement>`;
  }
}
