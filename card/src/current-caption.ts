import { LitElement, type PropertyDeclarations, type PropertyValues } from "lit";

import type { Announcement } from "./announcement";
import { CaptionsController } from "./captions-controller";
import { LINGER_S, type CardConfig } from "./config";
import { announcementFilter, concerns, playerFilter } from "./filters";
import { languageOf, type Hass } from "./hass";
import type { PositionSource } from "./positions";
import { stringsFor, type Strings } from "./strings";

/** A small element that shows what is said now, or was said last for as long as it lingers. */
export abstract class CurrentCaption extends LitElement {
  static override properties: PropertyDeclarations = { hass: { attribute: false } };

  declare hass?: Hass;

  #captions = new CaptionsController(this);

  /** What it is about, as the card's options say it. */
  protected abstract get about(): CardConfig;

  protected get strings(): Strings {
    return stringsFor(languageOf(this.hass), () => this.requestUpdate());
  }

  /** What is said now; undefined if nothing is. */
  protected get current(): Announcement | undefined {
    return this.#captions.selection.live[0];
  }

  protected get positions(): PositionSource {
    return { here: () => null, replay: () => null, chosen: playerFilter(this.hass!, this.about) };
  }

  protected override shouldUpdate(changed: PropertyValues): boolean {
    const { hass } = this;
    if (!hass) return false;
    const before = changed.get("hass") as Hass | undefined;
    if (changed.has("hass")) this.#captions.take(hass, before);
    return changed.size !== 1 || !before || concerns(this.about, this.#captions.entities, before, hass);
  }

  protected override willUpdate(): void {
    const wanted = announcementFilter(this.hass!, this.about);
    this.#captions.choose({ wanted, linger: LINGER_S, replayed: null, hidden: new Set() });
  }
}
