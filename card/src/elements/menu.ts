import { html, type TemplateResult } from "lit";

import { icon } from "../icon";
import { Dropdown, styled } from "./base";

export interface MenuItem {
  action: string;
  icon: string;
  label: string;
}

/** A menu behind three dots, of Home Assistant's own kind; tells also when it opens, with the event `look`. */
export class Menu extends Dropdown {
  static override styles = styled("");
  static override properties = { label: {}, items: { attribute: false } };

  declare label: string;
  declare items: MenuItem[];

  protected override render(): TemplateResult {
    return html`<ha-dropdown placement="bottom-end" @wa-select=${this.choose} @wa-show=${this.#look}>
      <ha-icon-button slot="trigger" .label=${this.label} aria-haspopup="menu">${icon("dots-vertical")}</ha-icon-button>
      ${this.items.map(
        ({ action, icon: name, label }) => html`<ha-dropdown-item .value=${action}>
          <ha-icon slot="icon" icon="mdi:${name}" aria-hidden="true"></ha-icon>${label}
        </ha-dropdown-item>`,
      )}
    </ha-dropdown>`;
  }

  #look(): void {
    this.dispatchEvent(new CustomEvent("look"));
  }
}
