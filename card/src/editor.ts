import { CHOICES, HISTORY, LINGER_S, MOST, checkConfig } from "./config";
import { DOMAIN, languageOf, type Hass } from "./hass";
import { textsIn } from "./strings";

/** Return the language of Home Assistant's page. */
export const pageLanguage = (): string =>
  languageOf((document.querySelector("home-assistant") as { hass?: Hass } | null)?.hass);

type Field = { name: string; selector: object; default?: unknown };

const entities = (name: string, filter: object): Field => ({ name, selector: { entity: { multiple: true, filter } } });

const DEFAULTS: Record<string, unknown> = {
  size: "medium",
  contrast: "normal",
  idle: "clear",
  history: HISTORY,
  linger: LINGER_S,
  flash: "off",
  theatre: false,
  say: false,
  sound: true,
  audio_tags: false,
};

/** Return the form of the visual editor: what is shown, how it looks, and what it does, each in a section. */
export async function configForm(): Promise<object> {
  const texts = await textsIn(pageLanguage());
  // Without its texts the form says the names themselves.
  const label = (name: string) => texts[`editor.${name}`] ?? name.split(".").pop()!;
  // The form shows nothing in a field that is not set.
  const defaultOf = (name: string) => {
    const value = DEFAULTS[name];
    if (value == null || value === false) return "";
    const said = value === true ? label("on") : typeof value === "string" ? label(`${name}.${value}`) : String(value);
    return label("default").replace("{value}", said);
  };
  const field = (name: string, selector: object): Field => ({ name, selector, default: DEFAULTS[name] });
  const choice = (name: string): Field => {
    const values = CHOICES[name]!.filter((value) => typeof value === "string");
    const options = values.map((value) => ({ value, label: label(`${name}.${value}`) }));
    return field(name, { select: { mode: "dropdown", options } });
  };
  const number = (name: string): Field =>
    field(name, { number: { min: 0, max: MOST[name], mode: "box", ...(name === "linger" && { unit_of_measurement: "s" }) } });
  const toggle = (name: string): Field => field(name, { boolean: {} });
  const section = (name: string, icon: string, schema: object[]) => ({
    type: "expandable",
    name,
    flatten: true,
    title: label(`section.${name}`),
    icon: `mdi:${icon}`,
    schema,
  });
  return {
    schema: [
      field("title", { text: {} }),
      section("content", "filter-variant", [
        entities("players", { domain: ["media_player", "assist_satellite"] }),
        field("area", { area: {} }),
        entities("voices", { domain: "tts", integration: DOMAIN }),
      ]),
      section("appearance", "palette", [
        { type: "grid", name: "", schema: [...["size", "contrast", "flash"].map(choice), number("linger")] },
        toggle("theatre"),
        toggle("audio_tags"),
      ]),
      section("list", "history", [{ type: "grid", name: "", schema: [choice("idle"), number("history")] }]),
      section("speaking", "bullhorn-outline", [
        toggle("say"),
        toggle("sound"),
        field("speaker", { entity: { filter: { domain: "media_player", integration: DOMAIN } } }),
      ]),
    ],
    computeLabel: ({ name }: Field) => label(name),
    computeHelper: ({ name }: Field) => [texts[`editor.${name}.help`], defaultOf(name)].filter(Boolean).join(" ") || undefined,
    assertConfig: checkConfig,
  };
}
