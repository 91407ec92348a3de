import { html, nothing, type TemplateResult } from "lit";

import { now } from "../clock";
import { errorText } from "../errors";
import { icon } from "../icon";
import { voiceOf } from "../names";
import type { Moment } from "../timeline";
import styles from "./announcement-block.css?inline";
import { AnnouncementPart, styled } from "./base";

/** An announcement at full size: who speaks, where, and the words. */
export class AnnouncementBlock extends AnnouncementPart {
  static override styles = styled(styles);
  static override properties = {
    moment: { attribute: false },
    progress: { attribute: false },
    running: { type: Boolean },
    replayed: { type: Boolean },
    tags: { type: Boolean },
    note: {},
  };

  declare moment: (at: number) => Moment;
  /** Returns how much of it is over, from 0 to 1, at a moment of the page's clock; null if unknown. */
  declare progress: (at: number) => number | null;
  declare running: boolean;
  declare replayed: boolean;
  declare tags: boolean;
  /** What became of what was asked for last. */
  declare note: string;

  #bar: Animation | null = null;

  protected override render(): TemplateResult {
    const { announcement, hass, strings } = this;
    const voice = voiceOf(hass, strings, announcement);
    this.classList.toggle("critical", announcement.critical);
    this.classList.toggle("over", announcement.ended != null && !this.replayed);
    return html`<div class="block" role="group" aria-label=${voice}>
      <div class="head">
        ${icon(announcement.critical ? "alert" : "account-voice")}<span class="voice">${voice}</span>
        ${this.replayed ? this.#renderHere() : this.#renderPlayers()}
        <elevenlabs-announcement-menu
          .hass=${hass}
          .strings=${strings}
          .announcement=${announcement}
          .revision=${this.revision}
          .kind=${this.replayed ? "replayed" : announcement.ended == null ? "live" : "past"}
        ></elevenlabs-announcement-menu>
      </div>
      <elevenlabs-cues
        .announcement=${announcement}
        .revision=${this.revision}
        .moment=${this.moment}
        .running=${this.running}
        .tags=${this.tags}
      ></elevenlabs-cues>
      ${announcement.acknowledgeable ? this.#renderAcknowledge() : nothing}
      ${announcement.failed ? this.#renderFailure() : nothing}
      <div class="progress"><div></div></div>
      <p class="note" role="status">${this.note}</p>
    </div>`;
  }

  protected override updated(): void {
    const bar = this.renderRoot.querySelector(".progress > div")!;
    const done = this.progress(now()) ?? 0;
    this.#bar?.cancel();
    const left = (1 - done) * this.announcement.length * 1000;
    const isMoving = this.running && left > 0 && done > 0;
    const scale = (part: number) => ({ transform: `scaleX(${part})` });
    // The browser moves it by itself, without a script in each frame.
    this.#bar = bar.animate([scale(done), scale(isMoving ? 1 : done)], { duration: isMoving ? left : 1, fill: "forwards", id: "progress" });
  }

  #renderPlayers(): TemplateResult {
    return html`<elevenlabs-players
      .hass=${this.hass}
      .strings=${this.strings}
      .announcement=${this.announcement}
      .revision=${this.revision}
    ></elevenlabs-players>`;
  }

  #renderHere(): TemplateResult {
    return html`<span class="here">${icon("play")}${this.strings.here}</span>`;
  }

  #renderAcknowledge(): TemplateResult {
    return html`<button class="chip acknowledge" @click=${() => this.request("acknowledge", this.announcement.id)}>
      ${icon("check")}${this.strings.acknowledge}
    </button>`;
  }

  #renderFailure(): TemplateResult {
    const why = errorText(this.hass, this.announcement.failure, () => this.requestUpdate());
    return html`<p class="error">${icon("alert-circle-outline")}<span>${why || this.strings.unspoken}</span></p>`;
  }
}
