import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { Announcement } from "./announcement";
import { AnnouncementActions } from "./announcement-actions";
import { CaptionsController } from "./captions-controller";
import styles from "./card.css?inline";
import { now } from "./clock";
import { HISTORY, LINGER_S, TYPE, checkConfig, gridOptions, type CardConfig } from "./config";
import { configForm } from "./editor";
import { styled, type ActionRequest } from "./elements/base";
import { announcementFilter, concerns, playerFilter } from "./filters";
import { Flash } from "./flash";
import { languageOf, type Hass } from "./hass";
import { hintsFor } from "./hints";
import { icon } from "./icon";
import type { PositionSource } from "./positions";
import type { Cue } from "./protocol";
import { Replay } from "./replay";
import { sampleOf, samplePosition } from "./sample";
import { dismiss, fills, leave } from "./screen";
import { past, type Selection } from "./selection";
import { SoundController } from "./sound-controller";
import { stringsFor, type Strings } from "./strings";

/** Shows what is being said, word by word. */
export class ElevenLabsCaptionsCard extends LitElement {
  static getConfigForm = configForm;
  static getStubConfig = (): object => ({});
  static override styles = styled(styles);
  static override properties = { hass: { attribute: false }, preview: { type: Boolean }, spoken: { state: true } };

  declare hass?: Hass;
  /** Set by Home Assistant while the dashboard or this card is edited. */
  declare preview: boolean;
  /** What a screen reader is told. */
  declare spoken: { text: string; language: string };

  #config: CardConfig = { type: TYPE };
  #captions = new CaptionsController(this);
  #sound = new SoundController(this);
  #replay = new Replay(() => this.requestUpdate());
  #actions = new AnnouncementActions(this.#replay, () => this.requestUpdate());
  #flash = new Flash();
  #sample: Announcement | null = null;

  constructor() {
    super();
    this.spoken = { text: "", language: "" };
    this.addEventListener("announcement-action", (event) => this.#act((event as CustomEvent<ActionRequest>).detail));
    this.addEventListener("cue", (event) => this.#say((event as CustomEvent<{ announcement: Announcement; cue: Cue }>).detail));
  }

  /** Check and take the configuration; raises when an option makes no sense. */
  setConfig(config: CardConfig): void {
    checkConfig(config);
    this.#config = config;
    this.#sound.detach();
    this.#captions.want(config.idle === "history" ? (config.history ?? HISTORY) : 0);
    this.setAttribute("size", config.size ?? "medium");
    this.toggleAttribute("contrast", config.contrast === "high");
    // Something below the words must not move when they come and go.
    this.toggleAttribute("steady", config.say === true || config.idle === "history");
    this.toggleAttribute("fixed", Number.isFinite(config.grid_options?.rows));
    this.requestUpdate();
  }

  getCardSize = (): number => (this.#config.idle === "history" ? 6 : 2);

  getGridOptions = gridOptions;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#replay.close();
    leave(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const { hass } = this;
    if (!hass) return false;
    const before = changed.get("hass");
    if (changed.has("hass")) this.#captions.take(hass, before);
    if (changed.has("hass") && this.#sound.speaker) this.#sound.attach(hass);
    return changed.size !== 1 || !before || concerns(this.#config, this.#captions.entities, before, hass);
  }

  protected override willUpdate(): void {
    const hass = this.hass!;
    const shown = this.#captions.choose({
      wanted: announcementFilter(hass, this.#config),
      linger: this.#config.linger ?? LINGER_S,
      replayed: this.#replay.id,
      hidden: this.#actions.hidden,
    });
    if (shown.live.length) this.#sample = null;
    else if (this.#isSample()) shown.live = [(this.#sample ??= sampleOf(this.#strings.sample, languageOf(hass)))];
    else if (!shown.waiting.length) this.spoken = { text: "", language: "" };
  }

  protected override render(): TemplateResult {
    const strings = this.#strings;
    const isStaged = this.#fills();
    const live = this.#renderLive(strings);
    return html`<ha-card .header=${this.#config.title}>
        <p class="unseen" role="status" lang=${this.spoken.language || nothing}>${this.spoken.text}</p>
        <div class="flash"></div>
        <div class="stage">
          ${isStaged || !this.#shown.live.length ? this.#renderQuiet(strings) : live} ${this.#renderLines(strings)}
        </div>
        ${this.#renderHistory(strings)}
        ${hintsFor(this.hass!, this.#config, this.#captions.trouble, strings).map(
          (hint) => html`<p class="hint">${icon("information-outline")}${hint}</p>`,
        )}
        ${this.#renderFoot(strings)}
      </ha-card>
      <elevenlabs-theatre class="theatre" .strings=${strings} .open=${isStaged} @leave=${this.#leaveTheatre}>
        ${isStaged ? live : nothing}
      </elevenlabs-theatre>`;
  }

  protected override updated(): void {
    if (this.#hears()) this.#sound.attach(this.hass!, this.#config.speaker);
    else this.#sound.detach();
    this.#flash.show(this.renderRoot.querySelector(".flash")!, this.#config.flash, this.#current);
  }

  get #shown(): Selection {
    return this.#captions.selection;
  }

  get #strings(): Strings {
    return stringsFor(languageOf(this.hass), () => this.requestUpdate());
  }

  /** The announcements at full size that this browser does not play again. */
  get #current(): string[] {
    return this.#shown.live.filter((one) => one !== this.#sample && one.id !== this.#replay.id).map(({ id }) => id);
  }

  get #positions(): PositionSource {
    return {
      here: this.#sound.positionOf,
      replay: (one) => (one === this.#sample ? samplePosition(one, now()) : this.#replay.positionOf(one.id)),
      chosen: playerFilter(this.hass!, this.#config),
    };
  }

  #renderLive(strings: Strings): TemplateResult {
    return html`<elevenlabs-live
      .hass=${this.hass}
      .strings=${strings}
      .announcements=${this.#shown.live}
      .positions=${this.#positions}
      .tags=${this.#config.audio_tags === true}
      .notes=${this.#actions.notes}
    ></elevenlabs-live>`;
  }

  #renderQuiet(strings: Strings): unknown {
    if (this.#shown.waiting.length) return nothing;
    return html`<p class="quiet">${icon("message-text-outline")}${strings.quiet}</p>`;
  }

  #renderLines(strings: Strings): unknown {
    const { waiting, over } = this.#shown;
    const ended = this.#config.idle === "history" ? [] : over;
    if (!waiting.length && !ended.length) return nothing;
    return html`<elevenlabs-lines
      .hass=${this.hass}
      .strings=${strings}
      .waiting=${waiting}
      .over=${ended}
      .concealed=${this.#actions.hidden}
      .notes=${this.#actions.notes}
    ></elevenlabs-lines>`;
  }

  #renderHistory(strings: Strings): unknown {
    if (this.#config.idle !== "history") return nothing;
    const wanted = announcementFilter(this.hass!, this.#config);
    return html`<elevenlabs-history
      .hass=${this.hass}
      .strings=${strings}
      .announcements=${past(this.#captions.announcements, wanted, this.#captions.history).filter((one) => !this.#shown.live.includes(one))}
      .notes=${this.#actions.notes}
    ></elevenlabs-history>`;
  }

  /** The box to type in, and whether this browser is a speaker. */
  #renderFoot(strings: Strings): unknown {
    const { speaker } = this.#sound;
    const sound = speaker && html`<elevenlabs-sound .strings=${strings} .speaker=${speaker} .revision=${speaker.revision}></elevenlabs-sound>`;
    const say = this.#config.say && html`<elevenlabs-say .hass=${this.hass} .strings=${strings}>${sound}</elevenlabs-say>`;
    return say || sound ? html`<div class="foot">${say || sound}</div>` : nothing;
  }

  #isSample(): boolean {
    const picker = (this.getRootNode() as ShadowRoot).host?.localName;
    return this.preview || picker === "hui-card-picker";
  }

  /** Whether this card makes the page sound for the dashboard player. */
  #hears(): boolean {
    return this.#config.sound !== false && !this.#isSample();
  }

  #fills(): boolean {
    return this.#config.theatre === true && !this.#sample && fills(this, this.#current);
  }

  #leaveTheatre(): void {
    dismiss(this.#shown.live.map(({ id }) => id));
    leave(this);
    this.requestUpdate();
  }

  #act({ action, id }: ActionRequest): void {
    const announcement = this.#captions.announcements.find((one) => one.id === id);
    if (announcement) void this.#actions.run(this.hass!, this.#strings, action, announcement);
  }

  /** Tell a screen reader a cue that begins. */
  #say({ announcement, cue }: { announcement: Announcement; cue: Cue }): void {
    if (announcement === this.#sample) return;
    const speaker = announcement.speaker(cue.first)?.name;
    const text = [speaker, announcement.said(cue.first, cue.after)].filter(Boolean).join(": ");
    this.spoken = { text, language: announcement.language ?? "" };
  }
}
