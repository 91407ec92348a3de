import { LitElement, unsafeCSS, type CSSResult, type PropertyDeclarations } from "lit";

import type { Announcement } from "../announcement";
import type { Hass } from "../hass";
import type { Strings } from "../strings";
import shared from "./shared.css?inline";

/** Return the styles of an element: those that all have, and its own; both are files of the card. */
export const styled = (own: string): CSSResult[] => [unsafeCSS(shared), unsafeCSS(own)];

/** What can be done with an announcement. */
export type Action = "stop" | "again" | "replay" | "silence" | "hide" | "show" | "copy" | "save" | "acknowledge";

/** That somebody wants something done with an announcement. */
export interface ActionRequest {
  action: Action;
  id: string;
}

/** An element of the card; it asks for what it cannot do itself with the event `announcement-action`. */
export abstract class Part extends LitElement {
  protected request(action: Action, id: string): void {
    this.#send<ActionRequest>("announcement-action", { action, id });
  }

  /** Open Home Assistant's dialog about an entity. */
  protected showMore(entityId: string): void {
    this.#send("hass-more-info", { entityId });
  }

  #send<T>(type: string, detail: T): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** An element that shows one announcement. */
export abstract class AnnouncementPart extends Part {
  static override properties: PropertyDeclarations = {
    hass: { attribute: false },
    strings: { attribute: false },
    announcement: { attribute: false },
    revision: { attribute: false },
  };

  declare hass: Hass;
  declare strings: Strings;
  declare announcement: Announcement;
  /** That of the announcement, which stays the same object when it changes. */
  declare revision: number;
}

/** An element with one of Home Assistant's drop-down lists; tells what is chosen with the event `choose`. */
export abstract class Dropdown extends Part {
  protected choose({ detail }: CustomEvent<{ item: { value: string } }>): void {
    this.dispatchEvent(new CustomEvent("choose", { detail: detail.item.value }));
  }
}
