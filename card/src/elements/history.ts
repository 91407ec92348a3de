import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Announcement } from "../announcement";
import { languageOf, type Hass } from "../hass";
import { icon } from "../icon";
import { namedPlayers, placesOf } from "../names";
import { dayOf, type Strings } from "../strings";
import { Part, styled } from "./base";
import styles from "./history.css?inline";

/** From how many announcements on they can be searched. */
const SEARCHED_FROM = 6;

/** The announcements that are over, by day. */
export class History extends Part {
  static override styles = styled(styles);
  static override properties = {
    hass: { attribute: false },
    strings: { attribute: false },
    announcements: { attribute: false },
    notes: { attribute: false },
    search: { state: true },
    player: { state: true },
  };

  declare hass: Hass;
  declare strings: Strings;
  /** The newest first. */
  declare announcements: Announcement[];
  /** What became of what was asked for, by ID. */
  declare notes: ReadonlyMap<string, string>;
  declare search: string;
  declare player: string;

  constructor() {
    super();
    this.search = "";
    this.player = "";
  }

  protected override render(): TemplateResult {
    const { strings, announcements } = this;
    if (!announcements.length) return html`<p class="quiet">${icon("message-text-outline")}${strings.none}</p>`;
    const found = this.#found();
    return html`${announcements.length >= SEARCHED_FROM || this.search || this.player ? this.#renderSearch() : nothing}
      ${found.length ? this.#renderDays(found) : html`<p class="quiet">${strings.nothing}</p>`}`;
  }

  #found(): Announcement[] {
    const words = this.search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return this.announcements.filter((one) => {
      const text = one.text.toLocaleLowerCase();
      return words.every((word) => text.includes(word)) && (!this.player || one.players.has(this.player));
    });
  }

  #renderSearch(): TemplateResult {
    const { strings } = this;
    const players = [...new Set([...this.announcements.flatMap(namedPlayers), ...(this.player ? [this.player] : [])])];
    const places = placesOf(this.hass, players);
    return html`<div class="search">
      <label>
        ${icon("magnify")}
        <input
          type="search"
          .value=${this.search}
          placeholder=${strings.search}
          aria-label=${strings.search}
          @input=${({ target }: Event) => (this.search = (target as HTMLInputElement).value)}
        />
      </label>
      ${players.length > 1
        ? html`<elevenlabs-choice
            .label=${strings.target}
            .icon=${"speaker"}
            .options=${[
              { value: "", label: strings.everywhere },
              ...players.map((value) => ({ value, label: places.get(value)! })),
            ]}
            .value=${this.player}
            @choose=${({ detail }: CustomEvent<string>) => (this.player = detail)}
          ></elevenlabs-choice>`
        : nothing}
    </div>`;
  }

  #renderDays(found: Announcement[]): unknown {
    const language = languageOf(this.hass);
    const days = Map.groupBy(found, ({ begun }) => dayOf(begun, language));
    return repeat(
      days,
      ([day]) => day,
      ([day, all]) => html`<h3>${day}</h3>
        <div role="list" aria-label="${this.strings.history}: ${day}">${repeat(all, ({ id }) => id, (one) => this.#renderOne(one))}</div>`,
    );
  }

  #renderOne(one: Announcement): TemplateResult {
    return html`<elevenlabs-announcement-line
      role="listitem"
      kind="past"
      .hass=${this.hass}
      .strings=${this.strings}
      .announcement=${one}
      .revision=${one.revision}
      .note=${this.notes.get(one.id) ?? ""}
    ></elevenlabs-announcement-line>`;
  }
}
