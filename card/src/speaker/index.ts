import { SayIt } from "./say-it";
import { SoundButton } from "./sound-button";

export { DashboardSpeaker, speakerOf } from "./speaker";
export { SayIt, SoundButton };

const ELEMENTS = { "elevenlabs-sound-button": SoundButton, "elevenlabs-say-it": SayIt };

/** Make the speaker's elements known, once. */
export function defineSpeaker(): void {
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
}
