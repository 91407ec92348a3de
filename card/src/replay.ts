import type { Hass } from "./hass";
import type { Links } from "./protocol";

/** Ask for the addresses of an announcement's audio and captions; null when it is gone. */
const linksOf = (hass: Hass, id: string): Promise<Links | null> =>
  hass.callWS<Links>({ type: "elevenlabs_streaming/announcement/links", announcement_id: id }).catch(() => null);

/** Play an announcement in this browser; null when it is gone or the browser refuses. */
export async function play(hass: Hass, id: string): Promise<HTMLAudioElement | null> {
  const audio = (await linksOf(hass, id))?.audio;
  if (!audio) return null;
  const element = new Audio(hass.hassUrl(audio.url));
  return element.play().then(() => element).catch(() => null);
}

/** Hand the WebVTT of an announcement to the reader; false when it is gone. */
export async function save(hass: Hass, id: string): Promise<boolean> {
  const links = await linksOf(hass, id);
  if (!links) return false;
  const link = document.createElement("a");
  link.href = hass.hassUrl(links.captions.vtt);
  link.download = `${id}.vtt`;
  link.click();
  return true;
}
