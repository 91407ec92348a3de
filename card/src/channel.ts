import { now } from "./clock";
import { end, type Connection, type Unsubscribe } from "./hass";
import { Store } from "./store";

const SETTLE_MS = 1000;

/** Someone who wants to know, and how many finished announcements with it. */
export interface Listener {
  history: number;
  heard(): void;
}

/** One connection's caption channel, shared by all cards of the page. */
export class Channel {
  readonly store = new Store();
  /** The code of the error that kept us from subscribing. */
  trouble: string | null = null;

  #listeners = new Set<Listener>();
  #history = -1;
  #subscription: Promise<Unsubscribe | undefined> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly connection: Connection) {}

  /** Listen until `leave`; the first listener opens the channel. */
  join(listener: Listener): void {
    if (!this.#listeners.size) this.connection.addEventListener("ready", this.#back);
    this.#listeners.add(listener);
    if (!this.#subscription || listener.history > this.#history) this.#open(listener.history);
  }

  /** Stop listening; the last listener closes the channel. */
  leave(listener: Listener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size) return;
    this.connection.removeEventListener("ready", this.#back);
    this.#close();
    clearTimeout(this.#timer);
  }

  /** Try again after trouble. */
  retry(): void {
    if (this.trouble && this.#listeners.size) this.#open(this.#history);
  }

  #back = (): void => {
    // The connection subscribes again by itself; what ended meanwhile is not told again.
    if (this.trouble) this.retry();
    else this.#doubt();
  };

  #open(history: number): void {
    this.#close();
    this.#history = history;
    this.trouble = null;
    this.#doubt();
    const heard = (message: unknown) => {
      if (this.#subscription === subscription && this.store.take(message, now())) this.#tell();
    };
    const request = { type: "elevenlabs_streaming/captions/subscribe", history };
    const refused = (error: { code?: string }) => {
      if (this.#subscription === subscription) this.trouble = error?.code ?? "unknown";
      return undefined;
    };
    const subscription: Promise<Unsubscribe | undefined> = this.connection.subscribeMessage(heard, request).catch(refused);
    subscription.then(() => this.#tell());
    this.#subscription = subscription;
  }

  #close(): void {
    end(this.#subscription);
    this.#subscription = null;
  }

  #doubt(): void {
    this.store.doubt();
    clearTimeout(this.#timer);
    if (!this.store.announcements.size) return;
    this.#timer = setTimeout(() => {
      this.store.settle();
      this.#tell();
    }, SETTLE_MS);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener.heard();
  }
}

const channels = new WeakMap<Connection, Channel>();

/** Return the channel of a connection. */
export function channelOf(connection: Connection): Channel {
  const channel = channels.get(connection) ?? new Channel(connection);
  channels.set(connection, channel);
  return channel;
}
