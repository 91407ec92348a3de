import { html, type TemplateResult } from "lit";

import { icon } from "../icon";
import { Dropdown, styled } from "./base";
import styles from "./choice.css?inline";

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

/** A chip that shows what is chosen and opens a list. */
export class Choice extends Dropdown {
  static override styles = styled(styles);
  static override properties = { label: {}, icon: {}, options: { attribute: false }, value: {} };

  declare label: string;
  declare icon: string;
  declare options: Option[];
  declare value: string | undefined;

  protected override render(): TemplateResult {
    const now = this.options.find(({ value }) => value === this.value);
    return html`<ha-dropdown @wa-select=${this.choose}>
      <button slot="trigger" type="button" class="chip" aria-haspopup="menu" aria-label="${this.label}: ${now?.label ?? ""}">
        ${icon(this.icon)}<span>${now?.label ?? this.label}</span>${icon("menu-down")}
      </button>
      ${this.options.map(
        ({ value, label, disabled }) => html`<ha-dropdown-item
          .value=${value}
          ?disabled=${disabled}
          ?selected=${value === this.value}
          >${label}</ha-dropdown-item
        >`,
      )}
    </ha-dropdown>`;
  }
}
