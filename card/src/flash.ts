import type { CardConfig } from "./config";
import { now } from "./clock";

const FLASH_MS = 900;
const APART_S = 1;

let flashed = -Infinity;

/** A gentle flash when an announcement begins, at most one a second on the whole page. */
export class Flash {
  #seen = new Set<string>();

  /** Flash if one of those that are said has just begun. */
  show(element: Element, wanted: CardConfig["flash"], begun: string[]): void {
    const isNew = begun.some((id) => !this.#seen.has(id));
    this.#seen = new Set(begun);
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const at = now();
    if (!isNew || !wanted || wanted === "off" || (isCalm && wanted !== "always") || at < flashed + APART_S) return;
    flashed = at;
    element.animate({ opacity: [0, 0.5, 0] }, FLASH_MS);
  }
}
