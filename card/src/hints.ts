import type { CardConfig } from "./config";
import { missing } from "./filters";
import type { Hass } from "./hass";
import type { Strings } from "./strings";

/** Return what keeps a card from showing what it should; `trouble`: the code of the channel's error. */
export function hintsFor(hass: Hass, config: CardConfig, trouble: string | null, strings: Strings): string[] {
  const gone = missing(hass, config);
  return [
    trouble && (trouble === "unknown_command" ? strings.absent : `${strings.trouble} (${trouble})`),
    gone.length && `${strings.missing}: ${gone.join(", ")}`,
  ].filter((hint) => typeof hint === "string" && hint !== "") as string[];
}
