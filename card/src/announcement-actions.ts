import { acknowledge, announceAgain, copyText, saveCaptions, stop } from "./actions";
import type { Announcement } from "./announcement";
import type { Action } from "./elements/base";
import { errorTextOf } from "./errors";
import type { Hass } from "./hass";
import type { Replay } from "./replay";
import type { Strings } from "./strings";

const NOTED_MS = 5000;

/** Does what somebody wants done with an announcement, and says what became of it. */
export class AnnouncementActions {
  /** What became of it, by the announcement's ID. */
  readonly notes = new Map<string, string>();
  /** Announcements whose captions somebody has hidden. */
  readonly hidden = new Set<string>();

  /** `update` is called when something is to be shown anew. */
  constructor(
    readonly replay: Replay,
    readonly update: () => void,
  ) {}

  /** Do it; never raises. */
  async run(hass: Hass, strings: Strings, action: Action, announcement: Announcement): Promise<void> {
    const { id } = announcement;
    try {
      this.#note(id, (await this.#do(hass, strings, action, announcement)) ?? "");
    } catch (error) {
      this.#note(id, (error as Error).message || strings.gone);
    }
  }

  async #do(hass: Hass, strings: Strings, action: Action, { id, text }: Announcement): Promise<string | void> {
    switch (action) {
      case "stop":
        return errorTextOf(hass, await stop(hass, id));
      case "acknowledge":
        return errorTextOf(hass, await acknowledge(hass, id));
      case "again":
        return (await errorTextOf(hass, await announceAgain(hass, id))) || strings.said;
      case "replay":
        return (await this.replay.play(hass, id)) ? "" : strings.gone;
      case "silence":
        return this.replay.stop();
      case "copy":
        return (await copyText(text)) ? strings.copied : strings.gone;
      case "save":
        return (await saveCaptions(hass, id)) ? "" : strings.gone;
      case "hide":
        return void this.hidden.add(id);
      case "show":
        return void this.hidden.delete(id);
    }
  }

  #note(id: string, note: string): void {
    if (note) {
      this.notes.set(id, note);
      setTimeout(() => {
        if (this.notes.get(id) === note) this.#note(id, "");
      }, NOTED_MS);
    } else this.notes.delete(id);
    this.update();
  }
}
