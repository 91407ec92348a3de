import { describe, expect, it } from "vitest";

import { Clock } from "../src/clock";

/** Read a clock every 10 ms. */
function readings(clock: Clock, from: number, seconds: number): number[] {
  return Array.from({ length: seconds * 100 }, (_, index) => clock.position(from + index / 100));
}

const steps = (values: number[]): number[] => values.slice(1).map((value, index) => value - values[index]!);

describe("a clock", () => {
  it("goes on by itself while it plays", () => {
    const clock = new Clock();
    clock.report(2, true, 10);
    expect(clock.position(13.5)).toBeCloseTo(5.5);
  });

  it("stands still while it is paused", () => {
    const clock = new Clock();
    clock.report(2, true, 10);
    clock.report(3, false, 11);
    expect(clock.position(20)).toBeCloseTo(3);
  });

  it.each([0.29, 0.1, -0.1, -0.29])("eases a difference of %s s away without a step back", (difference) => {
    const clock = new Clock();
    clock.report(0, true, 0);
    clock.report(5 + difference, true, 5);
    expect(clock.position(5)).toBeCloseTo(5);
    const gone = steps(readings(clock, 5, 3));
    expect(Math.min(...gone)).toBeGreaterThan(0);
    expect(Math.max(...gone)).toBeLessThan(0.02);
    expect(clock.position(8)).toBeCloseTo(8 + difference, 2);
  });

  it("never steps back however often late reports come", () => {
    const clock = new Clock();
    clock.report(0, true, 0);
    const seen: number[] = [];
    for (let at = 0; at < 5; at += 0.05) {
      clock.report(Math.max(0, at - 0.2 * Math.abs(Math.sin(9 * at))), true, at);
      seen.push(clock.position(at), clock.position(at + 0.04));
    }
    expect(Math.min(...steps(seen))).toBeGreaterThanOrEqual(-1e-9);
  });

  it.each([0.31, -0.31, 60, -4])("jumps at a seek of %s s", (difference) => {
    const clock = new Clock();
    clock.report(0, true, 0);
    clock.report(5 + difference, true, 5);
    expect(clock.position(5)).toBeCloseTo(5 + difference);
  });

  it("does not step back when a pause is reported late", () => {
    const clock = new Clock();
    clock.report(0, true, 0);
    clock.report(0.9, false, 1);
    expect(clock.position(2)).toBeCloseTo(1);
  });

  it("takes the first report as it is", () => {
    const clock = new Clock();
    clock.report(0.2, true, 7);
    expect(clock.position(7)).toBeCloseTo(0.2);
  });
});
