import type { ReactiveController, ReactiveControllerHost } from "lit";

import type { Announcement } from "./announcement";
import type { Hass } from "./hass";
import { speakerOf, type DashboardSpeaker } from "./speaker/speaker";

/** A card's part in the sound of the page. */
export class SoundController implements ReactiveController {
  speaker: DashboardSpeaker | null = null;

  constructor(readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  /** Return where an announcement is that is heard here, in seconds; null if it is not. */
  positionOf = (announcement: Announcement): number | null => this.speaker?.positionOf(announcement) ?? null;

  /** Make the page sound for the dashboard player, as soon as there is one; `wanted` chooses among several. */
  attach(hass: Hass, wanted?: string): void {
    if (this.speaker) {
      this.speaker.hass = hass;
      return;
    }
    this.speaker = speakerOf(hass, wanted);
    this.speaker?.addEventListener("change", this.#update);
    this.speaker?.attach();
    if (this.speaker) this.#update();
  }

  /** Let the page be silent, unless there is another card. */
  detach(): void {
    this.speaker?.removeEventListener("change", this.#update);
    this.speaker?.detach();
    this.speaker = null;
  }

  hostDisconnected(): void {
    this.detach();
  }

  #update = (): void => this.host.requestUpdate();
}
