import type { Announcement } from "../announcement";
import { DOMAIN, end, type Connection, type Hass, type Unsubscribe } from "../hass";
import { Deck, type Listener, type ReportState } from "./deck";
import { playerOf, speaks, type Slot, type Wanted } from "./steer";

interface Socket extends Connection {
  subscribeMessage(
    heard: (message: unknown) => void,
    request: object,
    options?: { resubscribe: boolean },
  ): Promise<Unsubscribe>;
}

const KEY = `${DOMAIN}_sound`;
const DUCKED = 0.2;
// Another view of the dashboard may take over from the one that is being left.
const LINGER_MS = 3000;
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const TOUCHES = ["pointerup", "keydown"];

const client = Math.random().toString(36);

/** Read or keep a choice of this browser; one that keeps nothing forgets it. */
export function remembered(key: string, value?: string): string | null {
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return value ?? null;
  }
}

/** Return whether pages may change the volume, which some systems keep to themselves. */
function canFade(): boolean {
  const probe = new Audio();
  probe.volume = 0.5;
  return probe.volume === 0.5;
}

/** Return the entities of ours in a domain. */
export const ours = (hass: Hass, domain: string): string[] =>
  Object.keys(hass.entities).filter(
    (entity) => entity.startsWith(`${domain}.`) && hass.entities[entity]?.platform === DOMAIN,
  );

/**
 * Makes this page sound for one dashboard player. Tells of changes with the event `change`.
 *
 * `attach` it while a card is on the page, and `detach` it afterwards.
 */
export class DashboardSpeaker extends EventTarget implements Listener {
  /** Counts the changes. */
  revision = 0;
  /** Whether the browser lets sound be heard; null while that is being found out. */
  unlocked: boolean | null = null;

  #users = 0;
  #media = new Deck(this);
  #announcement = new Deck(this);
  #decks = [this.#media, this.#announcement];
  #connected: Promise<Unsubscribe | undefined> | null = null;
  #connection: Socket | null = null;
  #told: boolean | null = null;
  #retry = RETRY_MS;
  #timers: Record<string, ReturnType<typeof setTimeout> | undefined> = {};

  constructor(
    public hass: Hass,
    readonly entity: string,
  ) {
    super();
  }

  /** Whether this browser shall be heard; null if nobody has decided yet. */
  get soundWanted(): boolean | null {
    const kept = remembered(KEY);
    return kept === null ? null : kept === "on";
  }

  /** Whether this page can be heard. */
  get canPlay(): boolean {
    return this.soundWanted === true && this.unlocked === true;
  }

  /** Decide whether this browser shall be heard; call it in a touch to turn sound on. */
  async want(sound: boolean): Promise<void> {
    remembered(KEY, sound ? "on" : "off");
    if (sound) await this.unlock();
    this.#changed();
  }

  /** Find out whether the browser lets sound be heard; a touch makes it do so. */
  unlock = async (): Promise<void> => {
    this.#await(false);
    try {
      await Promise.all(this.#decks.map((deck) => deck.unlock()));
      this.unlocked = true;
    } catch {
      this.refused();
    }
    this.#changed();
  };

  /** Return where the speech of an announcement is that is heard here, in seconds; null if it is not. */
  positionOf({ id, players }: Announcement): number | null {
    const deck = this.#decks.find(({ slot, begun }) => begun && slot && speaks(slot.content_id, id));
    return deck ? deck.position - (players.get(playerOf(deck.slot!.content_id))?.intro ?? 0) : null;
  }

  attach(): void {
    clearTimeout(this.#timers.linger);
    this.#users += 1;
    if (this.#users > 1 || this.#connection) return;
    this.#connection = this.hass.connection as Socket;
    this.#connection.addEventListener("ready", this.#back);
    document.addEventListener("visibilitychange", this.#awake);
    if (this.soundWanted) void this.unlock();
    this.#open();
  }

  detach(): void {
    this.#users -= 1;
    if (!this.#users) this.#timers.linger = setTimeout(() => this.#close(), LINGER_MS);
  }

  told(deck: Deck, state: ReportState, error?: string): void {
    const { slot, position, duration } = deck;
    if (!slot || !this.#connection) return;
    this.#send("report", { slot: slot.id, state, position, duration, ...(error && { error }) });
    this.#change();
  }

  refused(): void {
    this.unlocked = false;
    this.#await(true);
    this.#changed();
  }

  #back = (): void => {
    // Subscriptions are numbered anew (home-assistant-js-websocket, `_handleClose`): to end the one
    // of the lost connection would end another of this one.
    this.#connected = null;
    this.#open();
  };

  #open = (): void => {
    this.#stopRetry();
    this.#leave();
    this.#told = this.canPlay;
    const request = { ...this.#who("connect"), name: navigator.platform, can_play: this.#told };
    // The connection would repeat what was true when it was asked first.
    const connected = this.#connection!.subscribeMessage((message) => this.#heard(message), request, {
      resubscribe: false,
    }).then(
      (leave) => {
        this.#retry = RETRY_MS;
        return leave;
      },
      () => {
        if (this.#connected === connected) this.#again();
        return undefined;
      },
    );
    this.#connected = connected;
  };

  /** Come back later: the player is not there now. */
  #again(): void {
    // A dashboard that is not known is told so at each report.
    if (this.#timers.retry !== undefined) return;
    if (this.#connection) this.#timers.retry = setTimeout(this.#open, this.#retry);
    this.#retry = Math.min(2 * this.#retry, LONGEST_RETRY_MS);
  }

  #stopRetry(): void {
    clearTimeout(this.#timers.retry);
    this.#timers.retry = undefined;
  }

  #leave(): void {
    end(this.#connected);
    this.#connected = null;
  }

  #close(): void {
    if (this.#announcement.slot) {
      this.#timers.linger = setTimeout(() => this.#close(), LINGER_MS);
      return;
    }
    this.#stopRetry();
    this.#leave();
    this.#connection?.removeEventListener("ready", this.#back);
    this.#connection = null;
    document.removeEventListener("visibilitychange", this.#awake);
    this.#await(false);
    for (const deck of this.#decks) deck.want(null);
  }

  #heard(message: unknown): void {
    const wanted = message as Wanted | { type: "gone" };
    if (wanted.type === "gone") this.#again();
    else if (wanted.type === "wanted") this.#act(wanted);
  }

  #act({ volume, muted, media, announcement }: Wanted): void {
    const able = this.canPlay;
    const over = able && announcement !== null && announcement.state !== "loading";
    const music: Slot | null = over && media?.state === "playing" && !canFade() ? { ...media, state: "paused" } : media;
    this.#announcement.want(able ? announcement : null);
    this.#media.want(able ? music : null);
    this.#announcement.fade(announcement?.volume ?? volume, muted);
    this.#media.fade(over ? volume * DUCKED : volume, muted);
    this.#change();
  }

  #awake = (): void => {
    if (!document.hidden) this.#send("update", { can_play: this.canPlay });
  };

  #changed(): void {
    const able = this.canPlay;
    if (!able) for (const deck of this.#decks) deck.want(null);
    if (this.#connection && able !== this.#told) {
      // A dashboard that can play from now on needs to be told what is playing.
      if (able) this.#open();
      else this.#send("update", { can_play: false });
      this.#told = able;
    }
    this.#change();
  }

  #change(): void {
    this.revision += 1;
    this.dispatchEvent(new Event("change"));
  }

  #who(command: string): object {
    return { type: `${DOMAIN}/dashboard/${command}`, entity_id: this.entity, client };
  }

  #send(command: string, data: object): void {
    this.hass.callWS({ ...this.#who(command), ...data }).catch((error: { code?: string }) => {
      if (error?.code === "not_found") this.#again();
    });
  }

  #await(touch: boolean): void {
    for (const type of TOUCHES) {
      if (touch) window.addEventListener(type, this.unlock);
      else window.removeEventListener(type, this.unlock);
    }
  }
}

const speakers = new Map<string, DashboardSpeaker>();

/** Return the page's speaker for the dashboard player that is wanted, or the first; null without one. */
export function speakerOf(hass: Hass, wanted?: string): DashboardSpeaker | null {
  const players = ours(hass, "media_player");
  // Those of an account that is not loaded are only remembered.
  const isLoaded = (entity: string) => hass.states[entity]?.attributes.restored === undefined;
  const player = wanted ? players.find((entity) => entity === wanted) : (players.find(isLoaded) ?? players[0]);
  if (!player) return null;
  const speaker = speakers.get(player) ?? new DashboardSpeaker(hass, player);
  speakers.set(player, speaker);
  return speaker;
}
