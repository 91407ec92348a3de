import { html, nothing, type TemplateResult } from "lit/html.js";

import { Element } from "../element";
import { languageOf, nameOf, type Hass } from "../hass";
import { ours, remembered } from "./speaker";
import { speakerStrings } from "./strings";
import styles from "./styles";

const TARGET = "elevenlabs_streaming_target";
const VOICE = "elevenlabs_streaming_voice";
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

/** A row to type an announcement in. */
export class SayIt extends Element {
  #hass: Hass | undefined;
  #watched: string[] = [];
  #busy = false;
  #error = "";
  #note = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super(styles);
  }

  set hass(hass: Hass) {
    const before = this.#hass;
    this.#hass = hass;
    const changed = this.#watched.some((entity) => before?.states[entity] !== hass.states[entity]);
    if (before?.entities === hass.entities && !changed) return;
    this.#watched = [...ours(hass, "tts"), ...ours(hass, "media_player"), ...targetsOf(hass)];
    this.requestUpdate();
  }

  connectedCallback(): void {
    this.requestUpdate();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
  }

  protected override render(): unknown {
    const hass = this.#hass;
    const voices = hass ? ours(hass, "tts") : [];
    if (!hass || !voices.length) return nothing;
    const strings = speakerStrings(languageOf(hass));
    return html`<form @submit=${this.#submit}>
      ${voices.length > 1 ? this.#choice(hass, VOICE, strings.voice, voices) : nothing}
      ${this.#choice(hass, TARGET, strings.target, targetsOf(hass))}
      <input name="message" aria-label=${strings.message} placeholder=${strings.message} autocomplete="off" required />
      <button class="main" ?disabled=${this.#busy}>${strings.say}</button>
      <p role="status" class=${this.#error ? "error" : ""}>${this.#error || this.#note}</p>
    </form>`;
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

  #submit = (event: Event): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const message = String(data.get("message")).trim();
    if (message && !this.#busy) void this.#say(message, data.get(TARGET), data.get(VOICE));
  };

  async #say(message: string, target: FormDataEntryValue | null, engine: FormDataEntryValue | null): Promise<void> {
    const strings = speakerStrings(languageOf(this.#hass));
    this.#busy = true;
    this.#tell(strings.saying);
    try {
      const error = await this.#announce(message, String(target), engine ?? ours(this.#hass!, "tts")[0]);
      if (!error) this.view.querySelector("input")!.value = "";
      this.#busy = false;
      this.#tell(error ? "" : strings.said, error ?? "");
    } catch (error) {
      this.#busy = false;
      this.#tell("", (error as Error)?.message || String(error));
    }
  }

  async #announce(message: string, target: string, engine: unknown): Promise<string | null> {
    const { response } = await this.#hass!.callWS<Answer>({
      type: "call_service",
      domain: "elevenlabs_streaming",
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
    this.requestUpdate();
  }
}
