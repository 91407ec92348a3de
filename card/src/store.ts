import { Announcement } from "./announcement";
import { fields, text } from "./protocol";

const MOST = 60;

/** The announcements that this page knows, oldest first. */
export class Store {
  readonly announcements = new Map<string, Announcement>();

  /** Take a message of the caption channel; return whether anything changed. */
  take(value: unknown, at: number): boolean {
    const message = fields(value);
    const track = fields(message?.track);
    const id = text((track ?? message)?.id);
    if (!id) return false;
    if (track) {
      this.#find(id).replace(track, at);
      this.#forget(at);
      return true;
    }
    const known = this.announcements.get(id);
    if (message!.type === "words") known?.append(message!.words, message!.cues);
    else if (fields(message!.players)) known?.play(message!, at);
    else return false;
    return known != null;
  }

  /** Mark all as from before; what is still known is told again. */
  doubt(): void {
    for (const known of this.announcements.values()) known.stale = true;
  }

  /** Drop what was not told again. */
  settle(): void {
    for (const known of this.announcements.values()) if (known.stale) this.announcements.delete(known.id);
  }

  #find(id: string): Announcement {
    const known = this.announcements.get(id) ?? new Announcement(id);
    this.announcements.set(id, known);
    return known;
  }

  #forget(at: number): void {
    const all = [...this.announcements.values()];
    const oldest = all.find((known) => !known.live(at)) ?? all[0]!;
    if (all.length > MOST) this.announcements.delete(oldest.id);
  }
}
