import { describe, expect, it } from "vitest";

import { Announcement } from "../src/announcement";
import { past, secondsLeft, select, type SelectionOptions } from "../src/selection";

const OPTIONS: SelectionOptions = { wanted: () => true, linger: 6, replayed: null, hidden: new Set() };

const state = (name: string, more: object = {}) => ({ state: name, position: name === "playing" ? 0 : null, ...more });

function one(id: string, players: object, more: object = {}): Announcement {
  const announcement = new Announcement(id);
  announcement.replace({ id, engine: "tts.x", duration: 4, age: 0, words: [], cues: [], players, ...more }, 0);
  return announcement;
}

const sounding = (id: string, more: object = {}) => one(id, { "media_player.a": state("playing") }, more);
const waiting = (id: string, place: number, more: object = {}) => one(id, { "media_player.a": state("queued", { place }) }, more);
const ended = (id: string, more: object = {}) => one(id, { "media_player.a": state("finished") }, more);

const ids = (all: Announcement[]) => all.map(({ id }) => id);

function shown(all: Announcement[], options: Partial<SelectionOptions> = {}, at = 1, before: Announcement[] = []) {
  const { live, waiting: queue, over } = select(all, { ...OPTIONS, ...options }, at, before);
  return [ids(live), ids(queue), ids(over)];
}

describe("what a card shows", () => {
  it("has only what sounds at full size", () => {
    expect(shown([ended("a"), sounding("b"), waiting("c", 1)])).toEqual([["b"], ["c"], ["a"]]);
  });

  it("keeps what was said last at full size until something else sounds", () => {
    expect(shown([ended("a"), waiting("c", 1)])).toEqual([["a"], ["c"], []]);
  });

  it("has the next first, whatever came first", () => {
    expect(shown([sounding("a"), waiting("b", 3), waiting("c", 2), waiting("d", 1)])[1]).toEqual(["d", "c", "b"]);
  });

  it("leaves what is shown where it is", () => {
    const [a, b, c] = [sounding("a"), sounding("b"), sounding("c")];
    expect(shown([a, b, c], {}, 1, [b, a])[0]).toEqual(["b", "a", "c"]);
  });

  it("has what is critical on top", () => {
    expect(shown([sounding("a"), sounding("b", { priority: "critical" })])[0]).toEqual(["b", "a"]);
  });

  it("has one line for what was interrupted and waits again", () => {
    expect(shown([waiting("a", 1), sounding("b", { priority: "critical" })])).toEqual([["b"], ["a"], []]);
  });

  it("lets what is over go after its time", () => {
    const all = [ended("a")];
    expect(shown(all, {}, 5.9)[0]).toEqual(["a"]);
    expect(shown(all, {}, 6.1)[0]).toEqual([]);
    expect(secondsLeft(select(all, OPTIONS, 1, []), 6, 1)).toBeCloseTo(5);
    expect(secondsLeft(select([sounding("b")], OPTIONS, 1, []), 6, 1)).toBe(null);
  });

  it("has in one line what somebody does not want to read, as long as it is said", () => {
    const hidden = new Set(["a", "b"]);
    expect(shown([sounding("a"), sounding("c")], { hidden })).toEqual([["c"], ["a"], []]);
    expect(shown([ended("b"), sounding("c")], { hidden })).toEqual([["c"], [], ["b"]]);
  });

  it("has what this browser plays again at full size, however old", () => {
    expect(shown([ended("a")], { replayed: "a" }, 500)).toEqual([["a"], [], []]);
  });

  it("leaves out what the card is not about", () => {
    expect(shown([sounding("a"), sounding("b")], { wanted: ({ id }) => id === "b" })[0]).toEqual(["b"]);
  });
});

describe("the list", () => {
  it("has the newest first, no more than wanted, and nothing private", () => {
    const all = [ended("a", { age: 30 }), ended("b", { age: 20 }), ended("c", { age: 10 }), ended("d", { private: true }), sounding("e")];
    expect(ids(past(all, () => true, 2))).toEqual(["c", "b"]);
  });
});

describe("an announcement that waits", () => {
  it("knows its place where it comes next", () => {
    const told = one("a", { "media_player.a": state("queued", { place: 3 }), "media_player.b": state("queued", { place: 2 }) });
    expect([told.queued, told.place]).toEqual([true, 2]);
  });

  it("waits no more once it is called anywhere", () => {
    expect(one("a", { "media_player.a": state("queued", { place: 3 }), "media_player.b": state("waiting") }).queued).toBe(false);
  });

  it("waits again where it is still to be said", () => {
    expect(one("a", { "media_player.a": state("queued", { place: 1 }), "media_player.b": state("finished") }).queued).toBe(true);
  });
});
