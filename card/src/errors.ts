import type { Failure } from "./announcement";
import { DOMAIN, type Hass, type Localize } from "./hass";

let localize: Localize | null = null;
let loading: Promise<void> | null = null;

/** Ask Home Assistant for the texts of our errors in the reader's language, once. */
function load(hass: Hass): Promise<void> {
  loading ??= Promise.resolve(hass.loadBackendTranslation?.("exceptions", DOMAIN))
    .then((found) => void (localize = found ?? null))
    .catch(() => {});
  return loading;
}

const textOf = ({ error, cause, placeholders }: Failure): string =>
  (cause && localize?.(`component.${DOMAIN}.exceptions.${cause}.message`, placeholders)) || error;

/** Return why something failed, in the reader's language as soon as that is here: then `come` is called. */
export function errorText(hass: Hass, failure: Failure | null, come: () => void): string {
  if (failure?.cause && !localize) void load(hass).then(come);
  return failure ? textOf(failure) : "";
}

/** Return why something failed, in the reader's language; nothing if it did not. */
export async function errorTextOf(hass: Hass, failure: Failure | null): Promise<string> {
  if (failure?.cause) await load(hass);
  return failure ? textOf(failure) : "";
}
