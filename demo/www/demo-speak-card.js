/* A card for the demo only: type a sentence, hear it, read it in step with the sound. */

const TAG = "demo-speak-card";

const STYLE = `
  form { display: grid; gap: 16px; padding: 0 16px 16px; }
  .choices, .buttons { display: flex; flex-wrap: wrap; gap: 12px; }
  label { display: flex; flex-direction: column; gap: 4px;
    color: var(--secondary-text-color); font-size: 0.9em; }
  .choices label { flex: 1 1 160px; }
  textarea, select, button { font: inherit; border-radius: 8px; padding: 10px 12px;
    border: 1px solid var(--divider-color); color: var(--primary-text-color);
    background: var(--secondary-background-color); }
  textarea { font-size: 1.2em; resize: vertical; }
  button { cursor: pointer; padding: 10px 20px; }
  button[type="submit"] { color: var(--text-primary-color);
    background: var(--primary-color); border-color: transparent; }
  button:disabled { opacity: 0.5; cursor: default; }
  :is(textarea, select, button):focus-visible {
    outline: 2px solid var(--primary-color); outline-offset: 2px; }
  .words { min-height: 2.8em; padding: 16px; font-size: 1.7em; line-height: 1.6;
    border-top: 1px solid var(--divider-color); color: var(--secondary-text-color);
    overflow-wrap: anywhere; }
  .words:empty::before { content: "The words appear here."; opacity: 0.6; }
  .words span { border-radius: 6px; padding: 2px 1px; }
  .words .said { color: var(--primary-text-color); }
  .words .now { color: var(--text-primary-color); background: var(--primary-color);
    box-shadow: 0 0 0 3px var(--primary-color); }
  audio { display: block; width: calc(100% - 32px); margin: 0 16px; }
  .status { margin: 0; padding: 8px 16px 16px; min-height: 1.4em;
    color: var(--secondary-text-color); }
  .status.bad { color: var(--error-color); }
`;

const CONTENT = `
  <style>${STYLE}</style>
  <ha-card header="Speak and read">
    <form>
      <label>Text<textarea name="text" rows="2" dir="auto" required></textarea></label>
      <div class="choices">
        <label>Engine<select name="engine"></select></label>
        <label>Voice<select name="voice"></select></label>
        <label>Player<select name="player"></select></label>
      </div>
      <div class="buttons">
        <button type="submit">Speak</button>
        <button type="button" name="send">Speak on the player</button>
      </div>
    </form>
    <div class="words" role="region" aria-label="Captions" dir="auto"></div>
    <audio controls aria-label="Speech"></audio>
    <p class="status" role="status"></p>
  </ha-card>
`;

class DemoSpeakCard extends HTMLElement {
  setConfig(config) {
    this._config = config;
  }

  set hass(hass) {
    const isFirst = !this._hass;
    this._hass = hass;
    if (isFirst) this._build();
    this._offer(this._form.engine, "tts.", this._config.engine);
    this._offer(this._form.player, "media_player.", this._config.player);
  }

  connectedCallback() {
    if (this._form) this._listen();
  }

  disconnectedCallback() {
    this._stopListening?.then((stop) => stop?.());
    this._stopListening = undefined;
    cancelAnimationFrame(this._frame);
  }

  getCardSize() {
    return 8;
  }

  getGridOptions() {
    return { columns: "full" };
  }

  _build() {
    this.attachShadow({ mode: "open" }).innerHTML = CONTENT;
    const find = (selector) => this.shadowRoot.querySelector(selector);
    this._form = find("form").elements;
    this._words = find(".words");
    this._status = find(".status");
    this._audio = find("audio");
    this._tracks = new Map();
    this._hearEvents(find("form"));
    this._listen();
  }

  _hearEvents(form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this._try(() => this._speakHere());
    });
    this._form.send.addEventListener("click", () => {
      if (form.reportValidity()) this._try(() => this._speakOnPlayer());
    });
    this._form.engine.addEventListener("change", () => {
      this._offerVoices().catch((error) => this._say(error.message, true));
    });
    this._audio.addEventListener("playing", () => this._follow());
    this._audio.addEventListener("ended", () => this._say("Spoken to the end."));
    this._audio.addEventListener("error", () =>
      this._say("Home Assistant sent no sound: its log says why.", true));
  }

  /* The choices. */

  _offer(select, domain, wanted) {
    const states = Object.values(this._hass.states);
    const entities = states.filter((state) => state.entity_id.startsWith(domain));
    const known = entities.map((state) => state.entity_id).join();
    if (select.dataset.known === known) return;
    const kept = select.value || wanted;
    select.dataset.known = known;
    select.replaceChildren(...entities.map((state) =>
      new Option(state.attributes.friendly_name ?? state.entity_id, state.entity_id)));
    if (entities.some((state) => state.entity_id === kept)) select.value = kept;
    select.dispatchEvent(new Event("change"));
  }

  async _offerVoices() {
    const engine_id = this._form.engine.value;
    const usual = new Option("The engine's own", "");
    this._form.voice.replaceChildren(usual);
    if (!engine_id) return;
    const { provider } = await this._call("tts/engine/get", { engine_id });
    const language = provider.supported_languages[0];
    const { voices } = await this._call("tts/engine/voices", { engine_id, language });
    if (engine_id !== this._form.engine.value) return;
    const options = (voices ?? []).map((voice) => new Option(voice.name, voice.voice_id));
    this._form.voice.replaceChildren(usual, ...options);
  }

  /* Speaking. */

  async _speakHere() {
    const { engine_id, message, options } = this._ask();
    const body = { engine_id, message, options, cache: true };
    const { path } = await this._hass.callApi("POST", "tts_get_url", body);
    this._audio.src = this._hass.hassUrl(path);
    await this._audio.play();
    this._say("Speaking…");
  }

  async _speakOnPlayer() {
    const { engine_id, message, options } = this._ask();
    const player = this._form.player.value;
    await this._hass.callService("tts", "speak",
      { media_player_entity_id: player, message, options }, { entity_id: engine_id });
    this._say(`Sent to ${this._form.player.selectedOptions[0].text}.`);
  }

  _ask() {
    const engine_id = this._form.engine.value;
    const message = this._form.text.value.trim();
    const voice = this._form.voice.value;
    this._audio.removeAttribute("src");
    this._audio.load();
    this._wanted = { engine: engine_id, message, voice };
    this._showWanted();
    return { engine_id, message, options: voice ? { voice } : {} };
  }

  async _try(action) {
    this._say("Asking for speech…");
    try {
      await action();
    } catch (error) {
      this._say(error?.body?.message ?? error?.message ?? String(error), true);
    }
  }

  _say(text, isBad = false) {
    this._status.textContent = text;
    this._status.classList.toggle("bad", isBad);
  }

  _call(type, fields = {}) {
    return this._hass.callWS({ type, ...fields });
  }

  /* Captions. Home Assistant replays a sentence from its cache without asking the
     engine again, so the last track of each sentence is kept. */

  _listen() {
    const type = "elevenlabs_streaming/captions/subscribe";
    this._stopListening ??= this._hass.connection
      .subscribeMessage((event) => this._hear(event), { type })
      .catch((error) => this._say(`No captions: ${error.message}`, true));
  }

  _hear(event) {
    if (event.type === "track") {
      this._keep(event.track);
    } else if (event.type === "words") {
      this._tracks.get(event.id)?.words.push(...event.words);
    }
    if (this._wanted) this._showWanted();
  }

  _keep(track) {
    const key = keyOf(track);
    this._tracks.set(track.id, track).set(key, track);
    if (this._wanted && keyOf(this._wanted) === key) {
      this._tracks.set(key + this._wanted.voice, track);
    }
  }

  _showWanted() {
    const key = keyOf(this._wanted);
    this._show(this._tracks.get(key + this._wanted.voice) ?? this._tracks.get(key));
  }

  _show(track) {
    const isOther = track?.id !== this._shown?.id;
    this._shown = track;
    if (isOther || !track) this._words.replaceChildren();
    if (!track) return;
    if (isOther) this._place = 0;
    const have = this._words.querySelectorAll("span").length;
    for (const word of track.words.slice(have)) this._append(track, word);
    this._mark();
  }

  _append(track, word) {
    const message = track.message ?? "";
    const start = message.indexOf(word.text, this._place);
    const between = start < 0 ? " " : message.slice(this._place, start);
    if (start >= 0) this._place = start + word.text.length;
    const span = document.createElement("span");
    span.textContent = word.text;
    this._words.append(between, span);
  }

  _follow() {
    cancelAnimationFrame(this._frame);
    const step = () => {
      this._mark();
      if (!this._audio.paused && !this._audio.ended) {
        this._frame = requestAnimationFrame(step);
      }
    };
    step();
  }

  _mark() {
    const now = this._audio.hasAttribute("src") ? this._audio.currentTime : -1;
    const isOver = this._audio.ended;
    this._words.querySelectorAll("span").forEach((span, index) => {
      const { start, end } = this._shown.words[index];
      span.classList.toggle("said", start <= now);
      span.classList.toggle("now", !isOver && start <= now && now < end);
    });
  }
}

const keyOf = ({ engine, message }) => `${engine}\n${message?.trim()}\n`;

if (!customElements.get(TAG)) customElements.define(TAG, DemoSpeakCard);
