import { html, type TemplateResult } from "lit";

/** Return one of Home Assistant's icons; the text beside it says what it means. */
export const icon = (name: string): TemplateResult => html`<ha-icon icon="mdi:${name}" aria-hidden="true"></ha-icon>`;
