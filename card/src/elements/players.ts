import { html, type TemplateResult } from "lit";

import type { Player } from "../announcement";
import { icon } from "../icon";
import { namedPlayers, placesOf } from "../names";
import type { Texts } from "../strings";
import { AnnouncementPart, styled } from "./base";
import styles from "./players.css?inline";

// Whatever else a player may be doing, it is waiting.
const WAITS = "timer-sand";
const ICONS: Record<string, string> = {
  playing: "volume-high",
  paused: "pause",
  finished: "check",
  stopped: "stop",
  failed: "alert-circle-outline",
  silenced: "bell-sleep-outline",
};

export const stateIcon = (state: string): string => ICONS[state] ?? WAITS;

/** Where an announcement is spoken: a chip for each player, which opens its dialog. */
export class Players extends AnnouncementPart {
  static override styles = styled(styles);

  protected override render(): TemplateResult {
    const players = namedPlayers(this.announcement);
    const places = placesOf(this.hass, players);
    return html`<ul>
      ${players.map((player) => this.#renderChip(player, places.get(player)!, this.announcement.players.get(player)!))}
    </ul>`;
  }

  #renderChip(player: string, name: string, { state }: Player): TemplateResult {
    const told = (this.strings as Texts)[state] ?? state;
    return html`<li>
      <button class="player ${state}" title=${told} @click=${() => this.showMore(player)}>
        ${icon(stateIcon(state))}<span>${name}</span><span class="unseen">: ${told}</span>
      </button>
    </li>`;
  }
}
