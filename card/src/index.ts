import { CaptionsBadge } from "./badge";
import { ElevenLabsCaptionsCard } from "./card";
import { TYPE } from "./config";
import { AnnouncementBlock } from "./elements/announcement-block";
import { AnnouncementLine } from "./elements/announcement-line";
import { AnnouncementMenu } from "./elements/announcement-menu";
import { Choice } from "./elements/choice";
import { Cues } from "./elements/cues";
import { History } from "./elements/history";
import { Lines } from "./elements/lines";
import { Live } from "./elements/live";
import { Menu } from "./elements/menu";
import { Players } from "./elements/players";
import { SayBox } from "./elements/say-box";
import { SoundChip } from "./elements/sound-chip";
import { Theatre } from "./elements/theatre";
import { CaptionsFeature } from "./feature";
import { BADGE, FEATURE, introduce } from "./picker";

const POLL_MS = 50;

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "elevenlabs-announcement": AnnouncementBlock,
  "elevenlabs-announcement-line": AnnouncementLine,
  "elevenlabs-announcement-menu": AnnouncementMenu,
  "elevenlabs-choice": Choice,
  "elevenlabs-cues": Cues,
  "elevenlabs-history": History,
  "elevenlabs-lines": Lines,
  "elevenlabs-live": Live,
  "elevenlabs-menu": Menu,
  "elevenlabs-players": Players,
  "elevenlabs-say": SayBox,
  "elevenlabs-sound": SoundChip,
  "elevenlabs-theatre": Theatre,
  [BADGE]: CaptionsBadge,
  [FEATURE]: CaptionsFeature,
  [TYPE]: ElevenLabsCaptionsCard,
};

/** Home Assistant's start page replaces the element registry; what was defined before is lost. */
function define(): void {
  if (!customElements.get("home-assistant") && document.querySelector("home-assistant")) {
    setTimeout(define, POLL_MS);
    return;
  }
  for (const [name, element] of Object.entries(ELEMENTS)) if (!customElements.get(name)) customElements.define(name, element);
}

introduce();
define();
