import { failureOf, type Failure } from "./announcement";
import { DOMAIN, type Hass } from "./hass";
import type { Links } from "./protocol";

interface Response {
  players?: Record<string, Record<string, unknown>>;
}

/** Call one of our actions; return why a player did not do it, if one did not. Rejects with the action's error. */
async function call(hass: Hass, service: string, data: object, target?: object): Promise<Failure | null> {
  const { response } = await hass.callWS<{ response?: Response }>({
    type: "call_service",
    domain: DOMAIN,
    service,
    service_data: data,
    ...(target && { target }),
    return_response: true,
  });
  const failures = Object.values(response?.players ?? {}).map(failureOf);
  return failures.find(Boolean) ?? null;
}

/** Speak a message at a player; `engine`: the voice. */
export const announce = (hass: Hass, message: string, engine: string, player: string): Promise<Failure | null> =>
  call(hass, "announce", { message, engine }, { entity_id: player });

/** Speak an announcement again where it was spoken. */
export const announceAgain = (hass: Hass, id: string): Promise<Failure | null> => call(hass, "announce_again", { announcement_id: id });

/** End an announcement wherever it sounds or waits. */
export const stop = (hass: Hass, id: string): Promise<Failure | null> => call(hass, "stop", { announcement_id: id });

/** Say that an announcement was heard, so that it is not said again. */
export const acknowledge = (hass: Hass, id: string): Promise<Failure | null> => call(hass, "acknowledge", { announcement_id: id });

/** Ask for the addresses of an announcement's audio and captions; null when it is gone. */
export const linksOf = (hass: Hass, id: string): Promise<Links | null> =>
  hass.callWS<Links>({ type: `${DOMAIN}/announcement/links`, announcement_id: id }).catch(() => null);

/** Hand the WebVTT of an announcement to the reader; false when there is none. */
export async function saveCaptions(hass: Hass, id: string): Promise<boolean> {
  const captions = (await linksOf(hass, id))?.captions;
  if (!captions) return false;
  const link = document.createElement("a");
  link.href = hass.hassUrl(captions.vtt);
  link.download = `${id}.vtt`;
  link.click();
  return true;
}

/** Put a text on the clipboard; false where the browser does not let pages do that. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Pages that came over HTTP have no clipboard (MDN, "Clipboard API: secure context").
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
