import { html, type TemplateResult } from "lit";

import { linksOf } from "../actions";
import type { Links } from "../protocol";
import { AnnouncementPart, styled, type Action } from "./base";
import type { MenuItem } from "./menu";

/** What can be done with an announcement; only what can be done is offered, and what it costs is said. */
export class AnnouncementMenu extends AnnouncementPart {
  static override styles = styled("");
  static override properties = {
    kind: {},
    links: { state: true },
  };

  /** How it is shown. */
  declare kind: "live" | "waiting" | "hidden" | "replayed" | "past";
  /** Undefined until the menu was opened, null when it is gone. */
  declare links: Links | null | undefined;

  protected override render(): TemplateResult {
    return html`<elevenlabs-menu
      .label=${this.strings.more}
      .items=${this.#items()}
      @look=${this.#look}
      @choose=${({ detail }: CustomEvent<Action>) => this.request(detail, this.announcement.id)}
    ></elevenlabs-menu>`;
  }

  #items(): MenuItem[] {
    const { strings, announcement, kind, links } = this;
    const item = (action: Action, icon: string, label: string): MenuItem => ({ action, icon, label });
    const isOpen = announcement.ended == null;
    const costs = links?.cached === false ? ` (${strings.costs})` : "";
    const isThere = kind === "past" && links !== null && !announcement.private;
    return [
      ...(kind === "replayed" ? [item("silence", "stop", strings.stop)] : []),
      ...(isOpen && kind !== "replayed" ? [item("stop", "stop", kind === "waiting" ? strings.skip : strings.stop)] : []),
      ...(isThere && links?.audio !== null ? [item("replay", "play", strings.replay + costs)] : []),
      ...(isThere ? [item("again", "bullhorn-outline", strings.again + costs)] : []),
      ...(kind === "live" && isOpen ? [item("hide", "closed-caption-outline", strings.hide)] : []),
      ...(kind === "hidden" ? [item("show", "closed-caption", strings.show)] : []),
      ...(announcement.text && !announcement.private ? [item("copy", "content-copy", strings.copy)] : []),
      ...(announcement.words.length && links?.captions !== null ? [item("save", "download", strings.vtt)] : []),
    ];
  }

  #look(): void {
    void linksOf(this.hass, this.announcement.id).then((links) => (this.links = links));
  }
}
