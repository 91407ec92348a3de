/** The one card of the page that fills the screen. */
let owner: HTMLElement | null = null;
/** Announcements that someone has closed; no other card opens them again. */
let closed: ReadonlySet<string> = new Set();

/** Fill the screen with a card's stage while something is said; return whether it is filled. */
export function stage(card: HTMLElement, layer: HTMLElement, live: string[]): boolean {
  const wanted = live.some((id) => !closed.has(id)) && (owner ?? card) === card;
  if (!wanted) return leave(card, layer);
  owner = card;
  layer.popover = "manual";
  layer.togglePopover(true);
  return true;
}

/** Give the screen back; return that it is not filled. */
export function leave(card: HTMLElement, layer?: HTMLElement | null): false {
  if (owner === card) owner = null;
  if (layer) layer.popover = null;
  return false;
}

/** Remember that someone closed these. */
export function dismiss(live: string[]): void {
  closed = new Set(live);
}
