/** The one card of the page that may fill the screen at a time. */
let owner: object | null = null;
/** Announcements that someone has closed; no other card opens them again. */
let closed: ReadonlySet<string> = new Set();

/** Return whether a card is to fill the screen while these are said. */
export function fills(card: object, live: string[]): boolean {
  const isWanted = live.some((id) => !closed.has(id)) && (owner ?? card) === card;
  if (isWanted) owner = card;
  else leave(card);
  return isWanted;
}

/** Give the screen back. */
export function leave(card: object): void {
  if (owner === card) owner = null;
}

/** Remember that someone closed these. */
export function dismiss(live: string[]): void {
  closed = new Set(live);
}
