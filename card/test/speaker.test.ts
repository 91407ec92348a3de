import { beforeEach, describe, expect, it } from "vitest";

import type { Hass } from "../src/hass";
import { chosen, targetsOf } from "../src/speaker/targets";
import { ours, remembered } from "../src/speaker/speaker";
import { reaches, speaks, steer } from "../src/speaker/steer";

const ranges = (...ends: number[]): TimeRanges => ({
  length: ends.length,
  start: () => 0,
  end: (index) => ends[index]!,
});

const DASHBOARD = "media_player.elevenlabs_streaming_dashboard";

function home(states: Record<string, string>, features = 512): Hass {
  const ourOwn = { platform: "elevenlabs_streaming" };
  return {
    states: Object.fromEntries(
      Object.entries(states).map(([entity, state]) => [
        entity,
        { state, attributes: { friendly_name: entity.split(".")[1], supported_features: features } },
      ]),
    ),
    entities: { [DASHBOARD]: ourOwn, "tts.elevenlabs_george": ourOwn, "tts.other": { platform: "cloud" } },
  } as unknown as Hass;
}

describe("coming to where the others are", () => {
  it("leaves small differences alone", () => {
    expect(steer(1, 1.079)).toEqual({ rate: 1, hold: 0 });
    expect(steer(1.07, 1)).toEqual({ rate: 1, hold: 0 });
  });

  it("makes up for more by a changed pace, for just as long as it takes", () => {
    for (const drift of [0.1, -0.1, 0.39]) {
      const { seek, rate, hold } = steer(5, 5 + drift);
      expect(seek).toBeUndefined();
      expect((rate - 1) * hold).toBeCloseTo(drift);
      expect(Math.abs(rate - 1)).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });

  it("jumps where that would take too long, but never before the start", () => {
    expect(steer(1, 9)).toEqual({ seek: 9, rate: 1, hold: 0 });
    expect(steer(3, -1).seek).toBe(0);
  });
});

describe("where a sound can be gone to", () => {
  it("is anywhere in a file", () => {
    expect(reaches({ duration: 8, seekable: ranges(8) }, 5)).toBe(true);
    expect(reaches({ duration: 8, seekable: ranges(8) }, 50)).toBe(true);
  });

  it("is nowhere in a stream", () => {
    expect(reaches({ duration: Infinity, seekable: ranges(Infinity) }, 5)).toBe(false);
    expect(reaches({ duration: 8, seekable: ranges(0) }, 5)).toBe(false);
    expect(reaches({ duration: NaN, seekable: ranges() }, 5)).toBe(false);
  });
});

describe("whose sound it is", () => {
  it("is told by the announcement in its media id", () => {
    const id = `media-source://elevenlabs_streaming/abc/${DASHBOARD}`;
    expect(speaks(id, "abc")).toBe(true);
    expect(speaks(id, "ab")).toBe(false);
    expect(speaks("http://radio.example/abc/", "abc")).toBe(false);
  });
});

describe("who can say it", () => {
  const hass = home({
    [DASHBOARD]: "unavailable",
    "media_player.kitchen": "idle",
    "media_player.attic": "unavailable",
    "assist_satellite.hall": "idle",
    "light.lamp": "on",
  });

  it("are our voices, known by their platform", () => {
    expect(ours(hass, "tts")).toEqual(["tts.elevenlabs_george"]);
  });

  it("are players that are there, and the dashboard before all others", () => {
    expect(targetsOf(hass)).toEqual([DASHBOARD, "assist_satellite.hall", "media_player.kitchen"]);
  });

  it("are not players that cannot be given media", () => {
    expect(targetsOf(home({ "media_player.tv": "on" }, 1))).toEqual([DASHBOARD]);
  });

  it("is the last choice, or else the first that is there", () => {
    const targets = targetsOf(hass);
    expect(chosen(hass, targets, "media_player.kitchen")).toBe("media_player.kitchen");
    expect(chosen(hass, targets, "media_player.gone")).toBe("assist_satellite.hall");
    expect(chosen(hass, targets, null)).toBe("assist_satellite.hall");
    expect(chosen(hass, [], null)).toBeUndefined();
  });
});

describe("what a browser remembers", () => {
  beforeEach(() => localStorage.clear());

  it("is nothing at first, and then the last choice", () => {
    expect(remembered("sound")).toBeNull();
    expect(remembered("sound", "on")).toBe("on");
    expect(remembered("sound")).toBe("on");
  });
});
