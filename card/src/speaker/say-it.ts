import { html, nothing, type TemplateResult } from "lit/html.js";

import { DOMAIN, nameOf, type Hass } from "../hass";
import type { Strings } from "../strings";
import { ours, remembered } from "./speaker";

const TARGET = `${DOMAIN}_target`;
const VOICE = `${DOMAIN}_voice`;
const PLAYERS = /^(media_player|assist_satellite)\./;
const PLAY_MEDIA = 512;
const SAID_MS = 4000;

interface Answer {
  response?: { players?: Record<string, { error: string | null }> };
}

const isThere = (hass: Hass, entity: string): boolean => (hass.states[entity]?.state ?? "unavailable") !== "unavailable";

/** Return who can speak an announcement, the dashboards first. */
export function targetsOf(hass: Hass): string[] {
  const dashboards = ours(hass, "media_player");
  const others = Object.keys(hass.states).filter((entity) => {
    if (!PLAYERS.test(entity) || dashboards.includes(entity) || !isThere(hass, entity)) return false;
    const { supported_features: features } = hass.states[entity]!.attributes as { supported_features?: number };
    return !entity.startsWith("media_player.") || ((features ?? 0) & PLAY_MEDIA) > 0;
  });
  return [...dashboards, ...others.sort((a, b) => nameOf(hass, a).localeCompare(nameOf(hass, b)))];
}

/** Return what is chosen: the last choice as long as it is there, or else the first that is. */
export function chosen(hass: Hass, choices: string[], last: string | null): string | undefined {
  if (last && choices.includes(last)) return last;
  return choices.find((entity) => isThere(hass, entity));
}

/** A row of the card to type an announcement in. */
export class SayIt {
  #hass: Hass | undefined;
  #voices: string[] = [];
  #targets: string[] = [];
  #busy = false;
  #error = "";
  #note = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `update` is called when it is to be rendered anew. */
  constructor(readonly update: () => void) {}

  /** The entities whose state it depends on. */
  get watched(): string[] {
    return [...this.#voices, ...this.#targets];
  }

  /** Return the row with something at its end, which is all where there is no voice. */
  render(hass: Hass, strings: Strings, end: unknown): unknown {
    this.#look(hass);
    if (!this.#voices.length) return end;
    return html`<form class="say" @submit=${(event: Event) => this.#submit(event, strings)}>
      ${this.#voices.length > 1 ? this.#choice(hass, VOICE, strings.voice, this.#voices) : nothing}
      ${this.#choice(hass, TARGET, strings.target, this.#targets)}
      <div>
        <input name="message" aria-label=${strings.message} placeholder=${strings.message} autocomplete="off" required />
        <button class="main" ?disabled=${this.#busy}>${strings.say}</button>
        ${end}
      </div>
      <p role="status" class=${this.#error ? "error" : ""}>${this.#error || this.#note}</p>
    </form>`;
  }

  /** Find who is there, but only after a change: a card is rendered at every word. */
  #look(hass: Hass): void {
    const before = this.#hass;
    this.#hass = hass;
    const same = (entity: string) => before?.states[entity] === hass.states[entity];
    if (before?.entities === hass.entities && this.watched.every(same)) return;
    this.#voices = ours(hass, "tts");
    this.#targets = targetsOf(hass);
  }

  #choice(hass: Hass, key: string, label: string, all: string[]): TemplateResult {
    const now = chosen(hass, all, remembered(key));
    return html`<select name=${key} aria-label=${label} required @change=${this.#choose}>
      ${all.map((entity) => {
        const isAway = !isThere(hass, entity);
        return html`<option value=${entity} ?disabled=${isAway} .selected=${entity === now}>${nameOf(hass, entity)}</option>`;
      })}
    </select>`;
  }

  #choose = ({ target }: Event): void => {
    const { name, value } = target as HTMLSelectElement;
    remembered(name, value);
  };

  #submit(event: Event, strings: Strings): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    const message = String(data.get("message")).trim();
    if (message && !this.#busy) void this.#say(form, strings, message, String(data.get(TARGET)), data.get(VOICE));
  }

  async #say(form: HTMLFormElement, strings: Strings, message: string, target: string, engine: unknown): Promise<void> {
    this.#busy = true;
    this.#tell(strings.saying);
    const error = await this.#announce(message, target, engine ?? this.#voices[0]).catch(
      (failure: Error) => failure.message,
    );
    this.#busy = false;
    if (error) return this.#tell("", error);
    form.querySelector("input")!.value = "";
    this.#tell(strings.said);
  }

  async #announce(message: string, target: string, engine: unknown): Promise<string | null> {
    const { response } = await this.#hass!.callWS<Answer>({
      type: "call_service",
      domain: DOMAIN,
      service: "announce",
      service_data: { message, engine },
      target: { entity_id: target },
      return_response: true,
    });
    return Object.values(response?.players ?? {}).find(({ error }) => error)?.error ?? null;
  }

  #tell(note: string, error = ""): void {
    this.#note = note;
    this.#error = error;
    clearTimeout(this.#timer);
    if (note && !this.#busy) this.#timer = setTimeout(() => this.#tell(""), SAID_MS);
    this.update();
  }
}
