import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { CHOICES } from "../src/config";
import { dayOf, directionOf, timeOf } from "../src/strings";

const FOLDER = `${import.meta.dirname}/../public/translations`;
const STATES = ["queued", "waiting", "playing", "paused", "finished", "stopped", "failed", "silenced"];

const file = (name: string): Record<string, string> => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));

/** Import the module anew, for a page whose fetches are answered like that. */
async function fresh(answer: (address: URL) => unknown) {
  const fetched: string[] = [];
  vi.stubGlobal("fetch", async (address: URL) => {
    fetched.push(address.pathname.split("/").slice(-2).join("/"));
    return { json: async () => answer(address) };
  });
  vi.resetModules();
  return { ...(await import("../src/strings")), fetched };
}

const german = () => file("de.json");

afterEach(() => vi.unstubAllGlobals());

describe("when something was", () => {
  const at = new Date(2026, 11, 3, 18, 5, 30);
  const seconds = (days: number) => performance.now() / 1000 - days * 86_400;

  beforeEach(() => void vi.useFakeTimers({ now: at, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    [0, "en", "Today"],
    [1, "en", "Yesterday"],
    [1, "de", "Gestern"],
    [2, "en-GB", "Tuesday 1 December"],
    [40, "de", "Samstag, 24. Oktober"],
  ])("%s days ago is in %s %s", (days, language, said) => expect(dayOf(seconds(days), language)).toBe(said));

  it("is told as the language writes the time", () => {
    expect(timeOf(seconds(0), "en-US")).toMatch(/^6:05\sPM$/);
    expect(timeOf(seconds(0), "de")).toBe("18:05");
  });
});

describe("the texts", () => {
  it("are English until the file of the language is here", async () => {
    const { stringsFor, fetched } = await fresh(german);
    const come = vi.fn();
    expect(stringsFor("de-AT", come).close).toBe("Close");
    await vi.waitFor(() => expect(come).toHaveBeenCalled());
    expect(stringsFor("de-AT", come).close).toBe("Schließen");
    expect(fetched).toEqual(["translations/de.json"]);
  });

  it("stay English where the file cannot be had, and it is asked for once", async () => {
    const { stringsFor, fetched } = await fresh(() => {
      throw new Error("not JSON");
    });
    const come = vi.fn();
    stringsFor("fr", come);
    await vi.waitFor(() => expect(come).toHaveBeenCalledOnce());
    expect(stringsFor("fr", come).close).toBe("Close");
    expect([fetched.length, come.mock.calls.length]).toEqual([1, 1]);
  });

  it.each(["en", "en-GB", "sv", "zh-Hans"])("need no file in %s", async (language) => {
    const { stringsFor, fetched } = await fresh(german);
    expect(stringsFor(language, () => {}).close).toBe("Close");
    expect(fetched).toEqual([]);
  });

  it("of the editor are fetched in English too", async () => {
    const { textsIn, fetched } = await fresh(() => file("en.json"));
    expect((await textsIn("sv"))["editor.size"]).toBe("Text size");
    expect(fetched).toEqual(["translations/en.json"]);
  });
});

describe("the files", () => {
  const files = readdirSync(FOLDER).filter((name) => name !== "en.json");

  it.each(files)("%s has every text once, in its own language", async (name) => {
    const { stringsFor } = await fresh(german);
    const english: Record<string, string> = { ...stringsFor("en", () => {}), ...file("en.json") };
    const texts = file(name);
    expect(Object.keys(texts).sort()).toEqual([...Object.keys(english), ...STATES].sort());
    expect(Object.values(texts).every(Boolean)).toBe(true);
    expect(Object.keys(texts).filter((key) => texts[key] === english[key]).length).toBeLessThan(8);
  });

  it.each(files)("%s is asked for", async (name) => {
    const { textsIn, fetched } = await fresh(german);
    await textsIn(name.slice(0, 2));
    expect(fetched).toEqual([`translations/${name}`]);
  });

  it("name every value that the editor offers", () => {
    const english = file("en.json");
    const values = Object.entries(CHOICES).flatMap(([name, all]) =>
      all.filter((value) => typeof value === "string").map((value) => `editor.${name}.${value}`),
    );
    expect(values.filter((key) => !english[key])).toEqual([]);
  });
});

it.each([["ar", "rtl"], ["he-IL", "rtl"], ["en", "auto"], [null, "auto"], ["arn", "auto"]])(
  "%s runs %s",
  (language, direction) => expect(directionOf(language)).toBe(direction),
);
