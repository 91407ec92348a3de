import { describe, expect, it } from "vitest";

import { Store } from "../src/store";
import { momentAt, positionOf } from "../src/timeline";

const word = (text: string, start: number) => ({ text, start, end: start + 0.4 });
const WORDS = ["zero", "one", "two", "three", "four", "five"].map(word);
const cue = (first: number, after: number, end = after) => ({ first, after, split: null, end });
const playing = (position: number) => ({ state: "playing", position, error: null });
const done = { state: "finished", position: null, error: null };
const everyone = () => true;

function track(id: string, more: object = {}): object {
  const players = { "media_player.a": playing(0) };
  const told = { id, engine: "tts.x", state: "finished", duration: 6, age: 0, words: WORDS, cues: [cue(0, 3), cue(3, 6)] };
  return { type: "track", track: { ...told, players, ...more } };
}

function storeWith(...messages: unknown[]): Store {
  const store = new Store();
  for (const message of messages) store.take(message, 0);
  return store;
}

describe("the store", () => {
  it("ignores words and players of an announcement that it does not know", () => {
    const store = new Store();
    expect(store.take({ type: "words", id: "a", words: WORDS, cues: [] }, 0)).toBe(false);
    expect(store.take({ type: "playback", id: "a", players: {} }, 0)).toBe(false);
    expect(store.announcements.size).toBe(0);
  });

  it("appends words and replaces the cues that they change", () => {
    const store = storeWith(track("a", { words: WORDS.slice(0, 2), cues: [cue(0, 2)] }));
    store.take({ type: "words", id: "a", words: WORDS.slice(2), cues: [cue(0, 3), cue(3, 6)] }, 1);
    const known = store.announcements.get("a")!;
    expect(known.words.map(({ text }) => text)).toEqual(WORDS.map(({ text }) => text));
    expect(known.cues.map(({ first, after }) => [first, after])).toEqual([[0, 3], [3, 6]]);
  });

  it("keeps earlier cues when words come without new ones", () => {
    const store = storeWith(track("a", { words: WORDS.slice(0, 2), cues: [cue(0, 2)] }));
    store.take({ type: "words", id: "a", words: [], cues: [] }, 1);
    expect(store.announcements.get("a")!.cues).toHaveLength(1);
  });

  it("takes a track again as a whole, and its new times", () => {
    const later = WORDS.map(({ text, start }) => word(text, start * 2));
    const store = storeWith(track("a"), track("a", { words: later }));
    expect(store.announcements.size).toBe(1);
    expect(store.announcements.get("a")!.words.map(({ start }) => start)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it("drops words and cues that make no sense", () => {
    const words = [{ text: 1, start: 0, end: 1 }, { text: "x", start: "0", end: 1 }, null, WORDS[0]];
    const store = storeWith(track("a", { words, cues: [{ first: 2, after: 1, end: 1 }, "cue", cue(0, 1)] }));
    const known = store.announcements.get("a")!;
    expect([known.words.length, known.cues.length]).toEqual([1, 1]);
  });

  it("keeps at most sixty, and rather those that are being said", () => {
    const store = storeWith(track("live"));
    for (let index = 0; index < 100; index++) store.take(track(`n${index}`, { players: { p: done } }), 1);
    expect(store.announcements.size).toBe(60);
    expect(store.announcements.has("live")).toBe(true);
    expect(store.announcements.has("n99")).toBe(true);
  });

  it("forgets after a reconnection what was not told again", () => {
    const store = storeWith(track("a"), track("b"));
    store.doubt();
    store.take(track("b"), 1);
    store.settle();
    expect([...store.announcements.keys()]).toEqual(["b"]);
  });
});

describe("an announcement", () => {
  const known = (...messages: unknown[]) => storeWith(...messages).announcements.get("a")!;

  it("is live while a player plays, and over after the last", () => {
    const two = { players: { a: playing(0), b: playing(0) } };
    const store = storeWith(track("a", two));
    store.take({ type: "playback", id: "a", players: { a: done, b: playing(1) } }, 1);
    expect(store.announcements.get("a")!.ended).toBeNull();
    store.take({ type: "playback", id: "a", players: { a: done, b: done } }, 5);
    expect(store.announcements.get("a")!.ended).toBe(5);
  });

  it("that ended before it was told of ended by then", () => {
    const store = new Store();
    store.take(track("a", { players: { p: done }, age: 100, duration: 6 }), 200);
    expect(store.announcements.get("a")!.ended).toBe(106);
  });

  it("does not wait for ever for a player", () => {
    const waiting = { state: "waiting", position: null, error: null };
    const one = known(track("a", { players: { p: waiting } }));
    expect([one.live(10), one.live(1000)]).toEqual([true, false]);
  });

  it("runs by itself where nobody hears it, and stays for as long as it would be spoken", () => {
    const silenced = { state: "silenced", position: null, error: null };
    const one = known(track("a", { duration: 6, players: { p: silenced } }));
    expect([one.silenced, one.live(5), one.live(7), one.ended]).toEqual([true, true, false, 6]);
  });

  it("prefers the players that someone hears", () => {
    const one = known(track("a", { players: { far: playing(1), near: playing(3) } }));
    expect(positionOf(one, (entity) => entity === "near", 0)).toBe(3);
    expect(positionOf(one, everyone, 0)).toBe(1);
  });

  it.each([
    [null, 0, -1],
    [-0.5, 0, -1],
    [0.1, 0, 0],
    [0.9, 0, 0.5],
    [2.2, 0, 2],
    [3, 1, 3],
    [5.2, 1, 5],
    [99, 1, 5.5],
  ])("at %s s shows cue %s and word %s", (position, at, number) => {
    expect(momentAt(known(track("a")), position)).toEqual({ cue: at, word: number });
  });

  it("shows no cue in a long silence", () => {
    const one = known(track("a", { cues: [cue(0, 3, 2.5), cue(3, 6)] }));
    expect(momentAt(one, 2.7).cue).toBe(0.5);
  });

  it("has nothing to show before its first words", () => {
    expect(momentAt(known(track("a", { words: [], cues: [] })), 3)).toEqual({ cue: 0, word: -1 });
  });
});
