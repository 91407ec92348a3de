import { html, type TemplateResult } from "lit";

import { icon } from "../icon";
import { Part, styled } from "./base";

export interface MenuItem {
  action: string;
  icon: string;
  label: string;
}

interface Selected {
  item: { value: string };
}

/** A menu behind three dots, of Home Assistant's own kind; tells with the event `choose`, and with `look` when it opens. */
export class Menu extends Part {
  static override styles = styled("");
  static override properties = { label: {}, items: { attribute: false } };

  declare label: string;
  declare items: MenuItem[];

  protected override render(): TemplateResult {
    return html`<ha-dropdown placement="bottom-end" @wa-select=${this.#choose} @wa-show=${this.#look}>
      <ha-icon-button slot="trigger" .label=${this.label} aria-haspopup="menu">${icon("dots-vertical")}</ha-icon-button>
      ${this.items.map(
        ({ action, icon: name, label }) => html`<ha-dropdown-item .value=${action}>
          <ha-icon slot="icon" icon="mdi:${name}" aria-hidden="true"></ha-icon>${label}
        </ha-dropdown-item>`,
      )}
    </ha-dropdown>`;
  }

  #choose({ detail }: CustomEvent<Selected>): void {
    this.dispatchEvent(new CustomEvent("choose", { detail: detail.item.value }));
  }

  #look(): void {
    this.dispatchEvent(new CustomEvent("look"));
  }
}
