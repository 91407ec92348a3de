import { LitElement, unsafeCSS, type CSSResult } from "lit";

import shared from "./shared.css?inline";

/** Return the styles of an element: those that all have, and its own; both are files of the card. */
export const styled = (own: string): CSSResult[] => [unsafeCSS(shared), unsafeCSS(own)];

/** What somebody wants done with an announcement. */
export interface Wish {
  action: "stop" | "again" | "replay" | "silence" | "hide" | "show" | "copy" | "save" | "acknowledge";
  id: string;
}

/** An element of the card; it asks for what it cannot do itself with the event `wish`. */
export abstract class Part extends LitElement {
  protected wish(action: Wish["action"], id: string): void {
    this.dispatchEvent(new CustomEvent<Wish>("wish", { detail: { action, id }, bubbles: true, composed: true }));
  }

  /** Open Home Assistant's dialog about an entity. */
  protected showMore(entityId: string): void {
    this.dispatchEvent(new CustomEvent("hass-more-info", { detail: { entityId }, bubbles: true, composed: true }));
  }
}
