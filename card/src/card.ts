import { html, nothing, type TemplateResult } from "lit/html.js";

import type { Announcement } from "./announcement";
import styles from "./card.css?inline";
import { channelOf, type Channel } from "./channel";
import { now } from "./clock";
import { TYPE, checkConfig, type CardConfig } from "./config";
import { configForm } from "./editor";
import { Element } from "./element";
import { announcementFilter, missing, playerFilter } from "./filters";
import { languageOf, nameOf, type Hass } from "./hass";
import { gapBefore, type Cue, type PlayerState } from "./protocol";
import { icon } from "./icon";
import { play, save } from "./replay";
import { SayIt } from "./speaker/say-it";
import { Sound } from "./speaker/sound";
import { sampleOf, samplePosition } from "./sample";
import { ago, directionOf, stringsFor, type Strings, type Texts } from "./strings";
import { dismiss, leave, stage } from "./theatre";
import { lastMoment, momentAt, positionOf, type Moment } from "./timeline";

const ICONS: Record<PlayerState, string> = {
  waiting: "timer-sand",
  playing: "volume-high",
  paused: "pause",
  finished: "check",
  stopped: "stop",
  failed: "alert-circle-outline",
};
const LINGER_S = 6;
const HISTORY = 5;
const RELATIVE_MS = 30_000;
const FLASH_MS = 900;
const FLASHES_APART_S = 1;

let flashed = -Infinity;

/** Shows what is being said, word by word. */
export class ElevenLabsCaptionsCard extends Element {
  static getConfigForm = configForm;
  static getStubConfig = (): object => ({});

  /** How many finished announcements the channel should tell. */
  history = 0;

  #preview = false;
  #hass?: Hass;
  #config: CardConfig = { type: TYPE };
  #channel: Channel | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shown: Announcement[] = [];
  #moments = new Map<string, Moment>();
  #watched: string[] = [];
  #sample: Announcement | null = null;
  #replayed: { id: string; audio: HTMLAudioElement } | null = null;
  #gone = new Set<string>();
  #spoken = { text: "", language: "" };
  #told = new Set<string>();
  #sayIt = new SayIt(this.requestUpdate);
  #sound = new Sound(this.requestUpdate);
  #seen = new Set<string>();

  constructor() {
    super(styles);
  }

  /** Check and take the configuration; raises when an option makes no sense. */
  setConfig(config: CardConfig): void {
    checkConfig(config);
    this.#config = config;
    this.history = config.idle === "history" ? (config.history ?? HISTORY) : 0;
    this.setAttribute("size", config.size ?? "medium");
    this.toggleAttribute("contrast", config.contrast === "high");
    if (this.#channel) this.#channel.join(this);
    this.requestUpdate();
  }

  getCardSize = (): number => 4;

  getGridOptions = (): object => ({ columns: 12, min_columns: 6, rows: "auto", min_rows: 3 });

  /** Home Assistant's state, set at every change in the home. */
  set hass(hass: Hass) {
    const before = this.#hass;
    this.#hass = hass;
    this.#join();
    this.#sound.hass = hass;
    // It names the parts of Home Assistant that run; the missing one may be among them now.
    if (before?.config !== hass.config) this.#channel?.retry();
    if (!before || this.#concerns(before, hass)) this.requestUpdate();
  }

  /** Set by Home Assistant while the dashboard or this card is edited. */
  set preview(preview: boolean) {
    this.#preview = preview;
    this.requestUpdate();
  }

  connectedCallback(): void {
    this.#join();
    this.requestUpdate();
  }

  disconnectedCallback(): void {
    this.#channel?.leave(this);
    this.#channel = null;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    clearTimeout(this.#timer);
    this.#stop();
    this.#sound.detach();
    this.#leaveTheatre();
  }

  /** The channel has news. */
  heard = this.requestUpdate;

  protected override render(): unknown {
    const hass = this.#hass;
    if (!hass) return nothing;
    const strings = stringsFor(languageOf(hass), this.requestUpdate);
    this.#choose(hass, strings);
    const { title } = this.#config;
    return html`<ha-card .header=${title}>
      <p class="unseen" role="status" lang=${this.#spoken.language || nothing}>${this.#spoken.text}</p>
      <div class="stage" @click=${this.#dismiss}>
        <div class="flash"></div>
        <button class="close" @click=${this.#dismiss} aria-label=${strings.close}>${icon("close")}</button>
        ${this.#shown.length
          ? this.#shown.map((shown) => this.#renderLive(hass, strings, shown))
          : this.#renderIdle(hass, strings)}
      </div>
      ${this.#renderHints(hass, strings)}
      <div class="speaker">${this.#renderSpeaker(hass, strings)}</div>
    </ha-card>`;
  }

  protected override updated(): void {
    if (!this.#hass) return;
    if (this.#hears()) this.#sound.attach(this.#hass);
    else this.#sound.detach();
    const live = this.#shown.flatMap(({ id }) => (id === this.#replayed?.id ? [] : [id]));
    if (live.some((id) => !this.#seen.has(id))) this.#flash();
    this.#seen = new Set(live);
    this.#act(live);
    this.#schedule();
  }

  /** Put together what is to be seen now. */
  #choose(hass: Hass, strings: Strings): void {
    const at = now();
    const all = [...(this.#channel?.store.announcements.values() ?? [])];
    const wanted = all.filter(announcementFilter(hass, this.#config));
    this.#shown = wanted.filter((known) => this.#isShown(known, at));
    if (this.#shown.length) this.#sample = null;
    else if (this.#isSample()) this.#shown = [(this.#sample ??= sampleOf(strings.sample, languageOf(hass)))];
    this.#moments = new Map(this.#shown.map((shown) => [shown.id, this.#momentOf(shown, at)]));
    this.#watched = [...new Set(all.flatMap(({ engine, players }) => [engine, ...players.keys()]))];
    if (!this.#sample) this.#say();
  }

  #isShown(known: Announcement, at: number): boolean {
    if (this.#replayed?.id === known.id || known.live(at)) return true;
    return known.ended != null && at < known.ended + (this.#config.linger ?? LINGER_S);
  }

  #isSample(): boolean {
    const picker = (this.getRootNode() as ShadowRoot).host?.localName;
    return this.#preview || picker === "hui-card-picker";
  }

  /** Whether this card makes the page sound for the dashboard player. */
  #hears(): boolean {
    return this.#config.sound !== false && !this.#isSample();
  }

  #momentOf(shown: Announcement, at: number): Moment {
    const { id } = shown;
    if (shown === this.#sample) return momentAt(shown, samplePosition(shown, at));
    if (this.#replayed?.id === id) return momentAt(shown, this.#replayed.audio.currentTime);
    const heard = this.#sound.positionOf(id);
    if (heard != null) return momentAt(shown, heard);
    if (shown.ended != null) return lastMoment(shown);
    return momentAt(shown, positionOf(shown, playerFilter(this.#hass!, this.#config), at));
  }

  /** Tell a screen reader each cue once, when it begins. */
  #say(): void {
    for (const shown of this.#shown) {
      const moment = this.#moments.get(shown.id)!;
      const cue = shown.cues[Math.floor(moment.cue)];
      const key = `${shown.id} ${cue?.first}`;
      if (!cue || moment.word < 0 || this.#told.has(key)) continue;
      this.#told.add(key);
      this.#spoken = { language: shown.language ?? "", text: shown.said(cue.first, cue.after) };
    }
    if (this.#shown.length) return;
    this.#told.clear();
    this.#spoken = { language: "", text: "" };
  }

  #renderLive(hass: Hass, strings: Strings, shown: Announcement): TemplateResult {
    const voice = nameOf(hass, shown.engine);
    return html`<div class="announcement" role="group" aria-label=${voice}>
      <div class="who">
        ${icon("account-voice")}<span class="voice">${voice}</span>
        <ul>
          ${this.#replayed?.id === shown.id
            ? this.#renderReplay(strings)
            : [...shown.players].map(([entity, player]) => this.#renderPlayer(hass, strings, entity, player.state))}
        </ul>
      </div>
      ${this.#renderWords(shown)} ${shown.failed ? this.#renderFailure(strings, shown) : nothing}
    </div>`;
  }

  #renderPlayer(hass: Hass, strings: Strings, entity: string, state: PlayerState): TemplateResult {
    const said = (strings as Texts)[state] ?? state;
    const name = entity === "unknown" ? strings.somewhere : nameOf(hass, entity);
    return html`<li class=${state} title=${`${name}: ${said}`}>
      ${icon(ICONS[state] ?? "speaker")}<span>${name}</span><span class="unseen">${said}</span>
    </li>`;
  }

  #renderReplay(strings: Strings): TemplateResult {
    return html`<li class="playing">
      ${icon(ICONS.playing)}<span>${strings.here}</span>
      <button @click=${this.#stop} aria-label=${strings.stop}>${icon("stop")}</button>
    </li>`;
  }

  #renderFailure(strings: Strings, { error }: Announcement): TemplateResult {
    return html`<p class="hint failure">${icon("alert-circle-outline")}${strings.unspoken}${error ? `: ${error}` : ""}</p>`;
  }

  /** The cue with its words, between the one before and the one after. */
  #renderWords(shown: Announcement): TemplateResult {
    const { cue: at } = this.#moments.get(shown.id)!;
    const cue = shown.cues[at];
    const side = (other: Cue | undefined) => html`<p class="side">${other && shown.said(other.first, other.after)}</p>`;
    return html`<div class="words" aria-hidden="true" lang=${shown.language ?? nothing} dir=${directionOf(shown.language)}>
      ${side(shown.cues[Math.ceil(at) - 1])}
      ${cue ? this.#renderCue(shown, cue) : html`<div class="cue">${shown.cues.length ? nothing : (shown.message ?? "…")}</div>`}
      ${side(shown.cues[Math.floor(at) + 1])}
    </div>`;
  }

  #renderCue(shown: Announcement, { first, after, split }: Cue): TemplateResult {
    const middle = split ?? after;
    return html`<div class="cue">
      <div class="line">${this.#renderLine(shown, first, middle)}</div>
      ${gapBefore(shown.words[middle])}
      <div class="line">${this.#renderLine(shown, middle, after)}</div>
    </div>`;
  }

  #renderLine({ id, words }: Announcement, first: number, after: number): unknown {
    const now = this.#moments.get(id)!.word;
    return words.slice(first, after).map((word, index) => {
      const number = first + index;
      const state = number < now ? "said" : number === now ? "now" : "";
      return html`${index ? gapBefore(word) : nothing}<span class=${state}>${word.text}</span>`;
    });
  }

  #renderIdle(hass: Hass, strings: Strings): TemplateResult {
    const past = this.history ? this.#past(hass) : [];
    if (!past.length) {
      return html`<p class="quiet">${icon("message-text-outline")}${this.history ? strings.none : strings.quiet}</p>`;
    }
    return html`<ul class="history" aria-label=${strings.history}>
      ${past.map((known) => this.#renderPast(hass, strings, known))}
    </ul>`;
  }

  #past(hass: Hass): Announcement[] {
    const wanted = announcementFilter(hass, this.#config);
    const all = [...this.#channel!.store.announcements.values()];
    const past = all.filter((known) => known.ended != null && !known.private && wanted(known));
    return past.sort((a, b) => b.begun - a.begun).slice(0, this.history);
  }

  #renderPast(hass: Hass, strings: Strings, known: Announcement): TemplateResult {
    const { id, language } = known;
    const players = [...known.players.keys()].filter((entity) => entity !== "unknown");
    const where = players.map((entity) => nameOf(hass, entity)).join(", ");
    const when = ago(now() - known.begun, languageOf(hass));
    const gone = this.#gone.has(id);
    return html`<li>
      <div>
        <p lang=${language ?? nothing} dir=${directionOf(language)}>${known.text}</p>
        <p class="about">${[when, nameOf(hass, known.engine), where].filter(Boolean).join(" · ")}</p>
        ${known.failed ? this.#renderFailure(strings, known) : nothing}
        ${gone ? html`<p class="hint" role="status">${strings.gone}</p>` : nothing}
      </div>
      <button ?disabled=${gone} @click=${() => this.#replay(id)} aria-label="${strings.replay}: ${known.text}">
        ${icon("play")}
      </button>
      <button ?disabled=${gone} @click=${() => this.#save(id)} aria-label="${strings.vtt}: ${known.text}">
        ${icon("closed-caption-outline")}
      </button>
    </li>`;
  }

  #renderHints(hass: Hass, strings: Strings): unknown {
    const trouble = this.#channel?.trouble;
    const gone = missing(hass, this.#config);
    const hints = [
      trouble && (trouble === "unknown_command" ? strings.absent : `${strings.trouble} (${trouble})`),
      gone.length && `${strings.missing}: ${gone.join(", ")}`,
    ];
    return hints.map((hint) => (hint ? html`<p class="hint">${icon("information-outline")}${hint}</p>` : nothing));
  }

  /** The question whether this browser shall be heard, later a switch, and the row to type in. */
  #renderSpeaker(hass: Hass, strings: Strings): unknown {
    const change = this.#sound.renderSwitch(strings);
    return [
      this.#sound.renderQuestion(strings),
      this.#config.say ? this.#sayIt.render(hass, strings, change) : change,
    ];
  }

  /** Fill the screen or give it back. */
  #act(live: string[]): void {
    const layer = this.view.querySelector<HTMLElement>(".stage")!;
    const filled = this.#config.theatre && !this.#sample && stage(this, layer, live);
    if (!filled) this.#leaveTheatre();
    else window.addEventListener("keydown", this.#escape);
  }

  #leaveTheatre(): void {
    leave(this, this.view.querySelector<HTMLElement>(".stage"));
    window.removeEventListener("keydown", this.#escape);
  }

  #escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.#dismiss();
  };

  #dismiss = (): void => {
    if (!this.view.querySelector(".stage:popover-open")) return;
    dismiss(this.#shown.map(({ id }) => id));
    this.#leaveTheatre();
  };

  #flash(): void {
    const { flash } = this.#config;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const at = now();
    if (!flash || flash === "off" || (calm && flash !== "always") || at < flashed + FLASHES_APART_S) return;
    flashed = at;
    this.view.querySelector(".flash")?.animate({ opacity: [0, 0.5, 0] }, FLASH_MS);
  }

  /** Follow the sound frame by frame while there is any; else wake up when something is over. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#sounds()) this.#frame ||= requestAnimationFrame(this.#follow);
    const at = now();
    const linger = this.#config.linger ?? LINGER_S;
    const ends = this.#shown.flatMap(({ ended }) => (ended == null ? [] : [(ended + linger - at) * 1000]));
    if (this.history && !this.#shown.length) ends.push(RELATIVE_MS);
    if (ends.length) this.#timer = setTimeout(() => this.requestUpdate(), Math.max(0, Math.min(...ends)) + 1);
  }

  #sounds(): boolean {
    if (this.#sample || this.#replayed) return true;
    return this.#shown.some(({ players }) => [...players.values()].some(({ state }) => state === "playing"));
  }

  #follow = (): void => {
    this.#frame = 0;
    const at = now();
    const moved = this.#shown.some((shown) => {
      const before = this.#moments.get(shown.id);
      const moment = this.#momentOf(shown, at);
      return moment.cue !== before?.cue || moment.word !== before.word;
    });
    if (moved) this.requestUpdate();
    else if (this.#sounds()) this.#frame = requestAnimationFrame(this.#follow);
  };

  async #replay(id: string): Promise<void> {
    this.#stop();
    const audio = await play(this.#hass!, id);
    if (!audio) this.#gone.add(id);
    else if (!this.isConnected) audio.pause();
    else {
      this.#replayed = { id, audio };
      audio.onended = this.#stop;
    }
    this.requestUpdate();
  }

  #stop = (): void => {
    this.#replayed?.audio.pause();
    this.#replayed = null;
    this.requestUpdate();
  };

  async #save(id: string): Promise<void> {
    if (await save(this.#hass!, id)) return;
    this.#gone.add(id);
    this.requestUpdate();
  }

  #join(): void {
    const connection = this.#hass?.connection;
    if (!connection || !this.isConnected || this.#channel?.connection === connection) return;
    this.#channel?.leave(this);
    this.#channel = channelOf(connection);
    this.#channel.join(this);
  }

  #concerns(before: Hass, hass: Hass): boolean {
    const { players = [], voices = [] } = this.#config;
    return (
      (["locale", "entities", "areas"] as const).some((part) => before[part] !== hass[part]) ||
      [...this.#watched, ...this.#sayIt.watched, ...players, ...voices].some((entity) => before.states[entity] !== hass.states[entity])
    );
  }
}
