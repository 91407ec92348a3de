import { html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { announce } from "../actions";
import { errorTextOf } from "../errors";
import { DOMAIN, type Hass } from "../hass";
import { icon } from "../icon";
import { nameOf, placesOf } from "../names";
import { ours, remembered } from "../speaker/speaker";
import { chosen, concernsTargets, isThere, targetsOf } from "../speaker/targets";
import type { Strings } from "../strings";
import { Part, styled } from "./base";
import type { Option } from "./choice";
import styles from "./say-box.css?inline";

const TARGET = `${DOMAIN}_target`;
const VOICE = `${DOMAIN}_voice`;
const SAID_MS = 4000;

/** Where something can be typed and announced. */
export class SayBox extends Part {
  static override styles = styled(styles);
  static override properties = {
    hass: { attribute: false },
    strings: { attribute: false },
    busy: { state: true },
    note: { state: true },
    error: { state: true },
    target: { state: true },
    voice: { state: true },
  };

  declare hass: Hass;
  declare strings: Strings;
  declare busy: boolean;
  declare note: string;
  declare error: string;
  declare target: string | undefined;
  declare voice: string | undefined;

  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** A card is rendered with each cue, but who is there changes seldom. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const before = changed.get("hass");
    return changed.size !== 1 || !before || concernsTargets(before, this.hass);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, strings } = this;
    const voices = ours(hass, "tts");
    if (!voices.length) return nothing;
    const targets = targetsOf(hass);
    // A choice stays, whatever comes and goes.
    this.target ??= chosen(hass, targets, remembered(TARGET));
    this.voice = chosen(hass, voices, this.voice ?? remembered(VOICE));
    return html`<form @submit=${this.#submit}>
      <textarea
        rows="1"
        name="message"
        aria-label=${strings.message}
        placeholder=${strings.message}
        autocomplete="off"
        required
        @input=${this.#grow}
        @keydown=${this.#press}
      ></textarea>
      <ha-icon-button class="send" .label=${strings.say} ?disabled=${this.busy} @click=${this.#send}>${icon("send")}</ha-icon-button>
      <div class="choices">
        ${this.#renderChoice(TARGET, "speaker", strings.target, targets, this.target)}
        ${voices.length > 1 ? this.#renderChoice(VOICE, "account-voice", strings.voice, voices, this.voice) : nothing}
        <slot></slot>
      </div>
      <p role="status" class=${this.error ? "error" : ""}>${this.error || this.note}</p>
    </form>`;
  }

  #renderChoice(key: string, symbol: string, label: string, all: string[], value: string | undefined): TemplateResult {
    const { hass } = this;
    const shown = value && !all.includes(value) ? [value, ...all] : all;
    const places = placesOf(hass, shown);
    const options: Option[] = shown.map((entity) => {
      const place = places.get(entity)!;
      const name = nameOf(hass, entity);
      return { value: entity, label: place === name ? name : `${name} · ${place}`, disabled: !isThere(hass, entity) };
    });
    return html`<elevenlabs-choice
      data-choice=${key}
      .label=${label}
      .icon=${symbol}
      .options=${options}
      .value=${value}
      @choose=${({ detail }: CustomEvent<string>) => this.#choose(key, detail)}
    ></elevenlabs-choice>`;
  }

  #choose(key: string, value: string): void {
    remembered(key, value);
    if (key === TARGET) this.target = value;
    else this.voice = value;
  }

  get #field(): HTMLTextAreaElement {
    return this.renderRoot.querySelector("textarea")!;
  }

  #grow = (): void => {
    const field = this.#field;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };

  #press(event: KeyboardEvent): void {
    // While characters are put together, Enter chooses one of them.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#send();
  }

  #send = (): void => {
    const message = this.#field.value.trim();
    if (message && this.target && this.voice && !this.busy) void this.#say(message, this.voice, this.target);
  };

  async #say(message: string, voice: string, target: string): Promise<void> {
    this.busy = true;
    this.#tell(this.strings.saying);
    try {
      const failed = await errorTextOf(this.hass, await announce(this.hass, message, voice, target));
      if (failed) throw new Error(failed);
      this.#field.value = "";
      this.#grow();
      this.#tell(this.strings.said);
      this.#timer = setTimeout(() => this.#tell(""), SAID_MS);
    } catch (error) {
      this.#tell("", (error as Error).message || this.strings.unspoken);
    } finally {
      this.busy = false;
    }
  }

  #tell(note: string, error = ""): void {
    clearTimeout(this.#timer);
    this.note = note;
    this.error = error;
  }
}
