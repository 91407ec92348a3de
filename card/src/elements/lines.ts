import { html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Announcement } from "../announcement";
import type { Hass } from "../hass";
import type { Strings } from "../strings";
import { Part, styled } from "./base";

/** What waits for its turn, and what is over: a line each. */
export class Lines extends Part {
  static override styles = styled("");
  static override properties = {
    hass: { attribute: false },
    strings: { attribute: false },
    waiting: { attribute: false },
    over: { attribute: false },
    concealed: { attribute: false },
    notes: { attribute: false },
  };

  declare hass: Hass;
  declare strings: Strings;
  declare waiting: Announcement[];
  declare over: Announcement[];
  /** Those whose captions somebody has hidden. */
  declare concealed: ReadonlySet<string>;
  /** What became of what was asked for, by ID. */
  declare notes: ReadonlyMap<string, string>;

  protected override render(): TemplateResult {
    return html`${repeat(
      [...this.waiting, ...this.over],
      ({ id }) => id,
      (one) => html`<elevenlabs-announcement-line
        .kind=${this.#kind(one)}
        .hass=${this.hass}
        .strings=${this.strings}
        .announcement=${one}
        .revision=${one.revision}
        .note=${this.notes.get(one.id) ?? ""}
      ></elevenlabs-announcement-line>`,
    )}`;
  }

  #kind(one: Announcement): string {
    if (this.concealed.has(one.id)) return "hidden";
    return this.waiting.includes(one) ? "waiting" : "past";
  }
}
