import { html, nothing, type TemplateResult } from "lit";

import { errorText } from "../errors";
import { languageOf } from "../hass";
import { icon } from "../icon";
import { namedPlayers, placesOf, voiceOf } from "../names";
import { directionOf, timeOf, type Texts } from "../strings";
import styles from "./announcement-line.css?inline";
import { AnnouncementPart, styled } from "./base";
import { stateIcon } from "./players";

/** An announcement in one line, which can be opened: it waits for its turn or is over. */
export class AnnouncementLine extends AnnouncementPart {
  static override styles = styled(styles);
  static override properties = {
    kind: {},
    note: {},
    open: { type: Boolean, reflect: true },
  };

  declare kind: "waiting" | "hidden" | "past";
  /** What became of what was asked for last. */
  declare note: string;
  declare open: boolean;

  protected override render(): TemplateResult {
    const { announcement, strings } = this;
    const { language } = announcement;
    const text = announcement.text || (announcement.private ? strings.private : "…");
    return html`<div class="line">
        <button class="summary" aria-expanded=${Boolean(this.open)} @click=${this.#toggle}>
          ${icon(this.#icon)}
          <span class="text" lang=${language ?? nothing} dir=${directionOf(language)}>${text}</span>
          <span class="when">${this.#when}</span>
        </button>
        <elevenlabs-announcement-menu
          .hass=${this.hass}
          .strings=${strings}
          .announcement=${announcement}
          .revision=${this.revision}
          .kind=${this.kind}
        ></elevenlabs-announcement-menu>
      </div>
      ${this.open ? this.#renderDetails(text) : nothing}
      <p class="note" role="status">${this.note}</p>`;
  }

  get #icon(): string {
    const { announcement } = this;
    if (announcement.ended == null) return announcement.critical ? "alert" : "timer-sand";
    return stateIcon(announcement.failed ? "failed" : announcement.is("stopped") ? "stopped" : "finished");
  }

  get #when(): string {
    const { announcement, strings } = this;
    if (announcement.ended != null) return timeOf(announcement.begun, languageOf(this.hass));
    if (!announcement.queued) return "";
    const place = announcement.place ?? 1;
    return place > 1 ? strings.place.replace("{place}", String(place)) : strings.next;
  }

  #renderDetails(text: string): TemplateResult {
    const { announcement, hass, strings } = this;
    const players = namedPlayers(announcement);
    const places = placesOf(hass, players);
    return html`<div class="details">
      <p lang=${announcement.language ?? nothing} dir=${directionOf(announcement.language)}>${text}</p>
      <p class="about">${voiceOf(hass, strings, announcement)}</p>
      <ul>
        ${players.map((player) => this.#renderEnd(player, places.get(player)!))}
      </ul>
    </div>`;
  }

  #renderEnd(player: string, name: string): TemplateResult {
    const { state, failure } = this.announcement.players.get(player)!;
    const why = errorText(this.hass, failure, () => this.requestUpdate());
    const told = why || ((this.strings as Texts)[state] ?? state);
    return html`<li class=${failure ? "error" : ""}>${icon(stateIcon(state))}<span>${name}: ${told}</span></li>`;
  }

  #toggle(): void {
    this.open = !this.open;
  }
}
