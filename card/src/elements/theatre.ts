import { html, type PropertyValues, type TemplateResult } from "lit";

import { icon } from "../icon";
import type { Strings } from "../strings";
import { Part, styled } from "./base";
import styles from "./theatre.css?inline";

/** The whole screen for what is being said. */
export class Theatre extends Part {
  static override styles = styled(styles);
  static override properties = { strings: { attribute: false }, open: { type: Boolean, reflect: true } };

  declare strings: Strings;
  declare open: boolean;

  protected override render(): TemplateResult {
    return html`<dialog aria-label=${this.strings.name} @cancel=${this.#close} @click=${this.#touch}>
      <ha-icon-button class="close" autofocus .label=${this.strings.close} @click=${this.#close}>${icon("close")}</ha-icon-button>
      <div class="stage"><slot></slot></div>
    </dialog>`;
  }

  #sizes = new ResizeObserver(([entry]) => {
    const { width, height } = entry!.contentRect;
    this.style.setProperty("--stage-edge", `${Math.sqrt(width * height)}px`);
  });

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  protected override updated(changed: PropertyValues): void {
    const dialog = this.renderRoot.querySelector("dialog")!;
    if (!changed.has("open") || dialog.open === Boolean(this.open)) return;
    if (this.open) dialog.showModal();
    else dialog.close();
    const stage = this.renderRoot.querySelector(".stage")!;
    if (this.open) this.#sizes.observe(stage);
    else this.#sizes.disconnect();
  }

  #close(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.dispatchEvent(new CustomEvent("leave"));
  }

  /** A touch beside what can be pressed gives the screen back. */
  #touch(event: Event): void {
    const pressed = event.composedPath().some((one) => one instanceof Element && one.matches("button, ha-icon-button, ha-dropdown, ha-dropdown-item"));
    if (!pressed) this.#close(event);
  }
}
