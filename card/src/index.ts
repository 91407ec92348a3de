import { ElevenLabsCaptionsCard } from "./card";
import { TYPE } from "./config";
import { introduce } from "./editor";

const POLL_MS = 50;

/** Home Assistant's start page replaces the element registry; what was defined before is lost. */
function define(): void {
  if (!customElements.get("home-assistant") && document.querySelector("home-assistant")) {
    setTimeout(define, POLL_MS);
    return;
  }
  if (!customElements.get(TYPE)) customElements.define(TYPE, ElevenLabsCaptionsCard);
}

introduce();
define();
