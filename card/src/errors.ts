import type { Failure } from "./announcement";
import { DOMAIN, type Hass } from "./hass";

let loading: Promise<unknown> | null = null;

/** Return why something failed, in the reader's language as soon as Home Assistant has it. */
export function errorText(hass: Hass, failure: Failure | null, come: () => void): string {
  if (!failure) return "";
  const key = `component.${DOMAIN}.exceptions.${failure.cause}.message`;
  const text = failure.cause && hass.localize?.(key, failure.placeholders);
  if (text) return text;
  if (failure.cause) loading ??= hass.loadBackendTranslation?.("exceptions", DOMAIN).then(come).catch(() => {}) ?? null;
  return failure.error;
}
