import { html, nothing, type TemplateResult } from "lit/html.js";

import type { Announcement } from "./announcement";
import styles from "./card.css?inline";
import { channelOf, type Channel } from "./channel";
import { now } from "./clock";
import { TYPE, checkConfig, type CardConfig } from "./config";
import { configForm } from "./editor";
import { Element } from "./element";
import { announcementFilter, missing, namedIn, playerFilter } from "./filters";
import { acknowledge, languageOf, nameOf, type Hass } from "./hass";
import { gapBefore, type Cue } from "./protocol";
import { icon } from "./icon";
import { play, save } from "./replay";
import { SayIt } from "./speaker/say-it";
import { Sound } from "./speaker/sound";
import { sampleOf, samplePosition } from "./sample";
import { ago, directionOf, stringsFor, type Strings, type Texts } from "./strings";
import { dismiss, leave, stage } from "./theatre";
import { lastMoment, momentAt, positionOf, type Moment } from "./timeline";

// Whatever else a player may be doing, it is waiting.
const WAITS = "timer-sand";
/** Degrees of the speakers' colors; neighbors are far apart. */
const HUES = [255, 35, 150, 320, 90, 200, 0, 285, 60, 175];
const ICONS: Record<string, string> = {
  playing: "volume-high",
  paused: "pause",
  finished: "check",
  stopped: "stop",
  failed: "alert-circle-outline",
  silenced: "bell-sleep-outline",
};
const LINGER_S = 6;
const HISTORY = 5;
const RELATIVE_MS = 30_000;
const FLASH_MS = 900;
const FLASHES_APART_S = 1;

let flashed = -Infinity;

/** Return the name of the voice that spoke. */
const voiceOf = (hass: Hass, strings: Strings, { engine, fallback, speakers }: Announcement): string =>
  fallback ? `${strings.by} ${nameOf(hass, fallback)}` : speakers.join(", ") || nameOf(hass, engine);

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
    this.#sound.detach();
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
    if (this.#hears()) this.#sound.attach(this.#hass, this.#config.speaker);
    else this.#sound.detach();
    this.#mark();
    const live = this.#shown.flatMap((shown) => (this.#replays(shown) || this.#isNext(shown) ? [] : [shown.id]));
    if (live.some((id) => !this.#seen.has(id))) this.#flash();
    this.#seen = new Set(live);
    this.#act(live);
    this.#schedule();
  }

  /** Put together what is to be seen now. */
  #choose(hass: Hass, strings: Strings): void {
    const at = now();
    const all = [...(this.#channel?.store.announcements.values() ?? [])];
    const wanted = all.filter(announcementFilter(hass, this.#config)).filter((known) => this.#isShown(known, at));
    // Those of the same rank stay as they were shown, so that nothing jumps while it is read.
    this.#shown = [...new Set([...this.#shown, ...wanted])]
      .filter((known) => wanted.includes(known))
      .sort((a, b) => this.#rank(a) - this.#rank(b));
    if (this.#shown.length) this.#sample = null;
    else if (this.#isSample()) this.#shown = [(this.#sample ??= sampleOf(strings.sample, languageOf(hass)))];
    this.#moments = this.#momentsAt(at);
    this.#watched = all.flatMap(({ engine, fallback, players }) => [engine, fallback ?? engine, ...players.keys()]);
    if (!this.#sample) this.#say();
  }

  #replays = ({ id }: Announcement): boolean => id === this.#replayed?.id;

  /** What is heard comes first, then what is about to be, and last what is over. */
  #rank(shown: Announcement): number {
    if (this.#replays(shown) || shown.heard) return 0;
    return shown.ended == null ? 1 : 2;
  }

  /** Whether it is not its turn yet. */
  #isNext(shown: Announcement): boolean {
    return this.#rank(shown) === 1 && !shown.acknowledgeable && (shown.is("queued") || !this.#rank(this.#shown[0]!));
  }

  #isShown(known: Announcement, at: number): boolean {
    if (this.#replays(known) || known.live(at)) return true;
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

  #momentsAt(at: number): Map<string, Moment> {
    const chosen = playerFilter(this.#hass!, this.#config);
    return new Map(this.#shown.map((shown) => [shown.id, this.#momentOf(shown, chosen, at)]));
  }

  #momentOf(shown: Announcement, chosen: (entity: string) => boolean, at: number): Moment {
    if (shown === this.#sample) return momentAt(shown, samplePosition(shown, at));
    if (this.#replays(shown)) return momentAt(shown, this.#replayed!.audio.currentTime);
    if (shown.silenced && shown.live(at)) return momentAt(shown, at - shown.begun);
    const position = this.#sound.positionOf(shown) ?? positionOf(shown, chosen, at);
    return shown.ended == null ? momentAt(shown, position) : lastMoment(shown, position);
  }

  /** Tell a screen reader each cue once, when it begins. */
  #say(): void {
    for (const shown of this.#shown) {
      const moment = this.#moments.get(shown.id)!;
      const cue = shown.cues[Math.floor(moment.cue)];
      const key = `${shown.id} ${cue?.first}`;
      if (!cue || moment.word < 0 || this.#told.has(key)) continue;
      this.#told.add(key);
      this.#spoken = { language: shown.language ?? "", text: [shown.speaker(cue.first)?.name, shown.said(cue.first, cue.after)].filter(Boolean).join(": ") };
    }
    if (this.#shown.length) return;
    this.#told.clear();
    this.#spoken = { language: "", text: "" };
  }

  #renderLive(hass: Hass, strings: Strings, shown: Announcement): TemplateResult {
    const voice = voiceOf(hass, strings, shown);
    return html`<div class="announcement" role="group" aria-label=${voice}>
      <div class="who">
        ${icon("account-voice")}<span class="voice">${voice}</span>
        <ul>
          ${this.#replays(shown)
            ? this.#renderReplay(strings)
            : [...shown.players].map(([entity, player]) => this.#renderPlayer(hass, strings, entity, player.state))}
        </ul>
      </div>
      ${this.#renderWords(shown)} ${shown.acknowledgeable ? this.#renderAcknowledge(hass, strings, shown) : nothing}
      ${shown.failed ? this.#renderFailure(strings, shown) : nothing}
    </div>`;
  }

  #renderAcknowledge(hass: Hass, strings: Strings, { id }: Announcement): TemplateResult {
    const done = (event: Event) => {
      // A touch of the stage leaves the theatre.
      event.stopPropagation();
      acknowledge(hass, id);
    };
    return html`<button class="main acknowledge" @click=${done}>${icon("check")} ${strings.acknowledge}</button>`;
  }

  #renderPlayer(hass: Hass, strings: Strings, entity: string, state: string): TemplateResult {
    const said = (strings as Texts)[state] ?? state;
    const name = entity === "unknown" ? strings.somewhere : nameOf(hass, entity);
    return html`<li class=${state} title=${`${name}: ${said}`}>
      ${icon(ICONS[state] ?? WAITS)}<span>${name}</span><span class="unseen">${said}</span>
    </li>`;
  }

  #renderReplay(strings: Strings): TemplateResult {
    return html`<li class="playing">
      ${icon(ICONS.playing!)}<span>${strings.here}</span>
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
    const next = this.#isNext(shown);
    const side = (other: Cue | undefined) => html`<p class="side">${other && shown.said(other.first, other.after)}</p>`;
    return html`<div class="words" aria-hidden="true" lang=${shown.language ?? nothing} dir=${directionOf(shown.language)}>
      ${next ? side(shown.cues[0]) : [
        side(shown.cues[Math.ceil(at) - 1]),
        cue ? this.#renderCue(shown, cue) : html`<div class="cue">${shown.cues.length ? nothing : (shown.message ?? "…")}</div>`,
        side(shown.cues[Math.floor(at) + 1]),
      ]}
    </div>`;
  }

  #renderCue(shown: Announcement, { first, after, split }: Cue): TemplateResult {
    const middle = split ?? after;
    const speaker = shown.speaker(first);
    return html`<div class="cue">
      ${speaker ? html`<b class="name" style="--hue: ${HUES[speaker.number % HUES.length]}">${speaker.name}</b>` : nothing}
      <div class="line">${this.#renderLine(shown, first, middle)}</div>
      ${gapBefore(shown.words[middle])}
      <div class="line">${this.#renderLine(shown, middle, after)}</div>
    </div>`;
  }

  #renderLine({ words }: Announcement, first: number, after: number): unknown {
    const tags = this.#config.audio_tags;
    return words.slice(first, after).map((word, index) => {
      const tag = tags && word.tag ? html`<i>(${word.tag})</i> ` : nothing;
      return html`${index ? gapBefore(word) : nothing}${tag}<span>${word.text}</span>`;
    });
  }

  /** Highlight the words: in a frame there is no time to render everything. */
  #mark(): void {
    const sections = this.view.querySelectorAll(".announcement");
    this.#shown.forEach(({ id, cues }, index) => {
      const { cue, word } = this.#moments.get(id)!;
      sections[index]!.querySelectorAll(".cue span").forEach((span, place) => {
        const number = cues[cue]!.first + place;
        const state = number < word ? "said" : number === word ? "now" : "";
        if (span.className !== state) span.className = state;
      });
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
        <p class="about">${[when, voiceOf(hass, strings, known), where].filter(Boolean).join(" · ")}</p>
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
    return this.#shown.some((shown) => shown.is("playing") || (shown.silenced && shown.live(now())));
  }

  #follow = (): void => {
    this.#frame = 0;
    const before = this.#moments;
    const moments = (this.#moments = this.#momentsAt(now()));
    const moved = (part: (moment: Moment) => unknown) =>
      this.#shown.some(({ id }) => part(moments.get(id)!) !== part(before.get(id)!));
    if (moved(({ cue, word }) => word < 0 || cue)) return this.requestUpdate();
    if (moved(({ word }) => word)) this.#mark();
    if (this.#sounds()) this.#frame = requestAnimationFrame(this.#follow);
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
    const named = namedIn(this.#config);
    return (
      (["locale", "entities", "areas"] as const).some((part) => before[part] !== hass[part]) ||
      [...this.#watched, ...this.#sayIt.watched, ...named].some((entity) => before.states[entity] !== hass.states[entity])
    );
  }
}
