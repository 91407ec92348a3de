import type { ReactiveController, ReactiveControllerHost } from "lit";

import type { Announcement } from "./announcement";
import { channelOf, type Channel } from "./channel";
import { now } from "./clock";
import type { Connection, Hass } from "./hass";
import { secondsLeft, select, type Selection, type SelectionOptions } from "./selection";

/** Keeps an element that shows captions up to date while it is on the page. */
export class CaptionsController implements ReactiveController {
  /** How many finished announcements the channel should tell. */
  history = 0;
  /** What the host shows. */
  selection: Selection = { live: [], waiting: [], over: [] };

  #channel: Channel | null = null;
  #connection: Connection | null = null;
  #isConnected = false;
  #linger = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  /** The announcements that the page knows, the oldest first. */
  get announcements(): Announcement[] {
    return [...(this.#channel?.store.announcements.values() ?? [])];
  }

  /** The entities that have to do with them. */
  get entities(): string[] {
    return this.announcements.flatMap(({ engine, fallback, players }) => [engine, fallback ?? engine, ...players.keys()]);
  }

  /** The code of the error that keeps the page from being told. */
  get trouble(): string | null {
    return this.#channel?.trouble ?? null;
  }

  /** Ask for more finished announcements, or fewer. */
  want(history: number): void {
    this.history = history;
    this.#channel?.join(this);
  }

  /** Take Home Assistant's state; call it at every change. */
  take(hass: Hass, before: Hass | undefined): void {
    this.#connection = hass.connection;
    this.#join();
    // It names the parts of Home Assistant that run; the missing one may be among them now.
    if (before?.config !== hass.config) this.#channel?.retry();
  }

  /** Choose what the host shows from now on, and what it shows no more once it has lingered. */
  choose(options: SelectionOptions): Selection {
    this.#linger = options.linger;
    this.selection = select(this.announcements, options, now(), this.selection.live);
    return this.selection;
  }

  /** The channel has news. */
  heard = (): void => this.host.requestUpdate();

  hostConnected(): void {
    this.#isConnected = true;
    this.#join();
  }

  hostUpdated(): void {
    clearTimeout(this.#timer);
    const left = secondsLeft(this.selection, this.#linger, now());
    if (left != null) this.#timer = setTimeout(() => this.host.requestUpdate(), left * 1000 + 1);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#isConnected = false;
    this.#channel?.leave(this);
    this.#channel = null;
  }

  #join(): void {
    if (!this.#connection || !this.#isConnected || this.#channel?.connection === this.#connection) return;
    this.#channel?.leave(this);
    this.#channel = channelOf(this.#connection);
    this.#channel.join(this);
  }
}
