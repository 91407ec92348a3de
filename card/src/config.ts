export const SIZES = ["small", "medium", "large", "huge"] as const;
export const TYPE = "elevenlabs-captions-card";

export interface CardConfig {
  type: string;
  title?: string;
  players?: string[];
  area?: string;
  voices?: string[];
  size?: (typeof SIZES)[number];
  contrast?: "normal" | "high";
  idle?: "clear" | "history";
  history?: number;
  linger?: number;
  flash?: boolean | "on" | "off" | "always";
  theatre?: boolean;
  sound?: boolean;
  say?: boolean;
  [other: string]: unknown;
}

const CHOICES: Record<string, readonly unknown[]> = {
  size: SIZES,
  contrast: ["normal", "high"],
  idle: ["clear", "history"],
  flash: [true, false, "on", "off", "always"],
  theatre: [true, false],
  sound: [true, false],
  say: [true, false],
};

/** Raise an error with a helpful text when an option makes no sense. */
export function checkConfig(config: CardConfig): void {
  if (!config) throw new Error("The card has no configuration.");
  for (const [name, choices] of Object.entries(CHOICES)) {
    if (config[name] != null && !choices.includes(config[name])) {
      throw new Error(`${name} must be one of: ${choices.join(", ")}`);
    }
  }
  for (const name of ["players", "voices"]) {
    const value = config[name];
    if (value != null && !(Array.isArray(value) && value.every((item) => typeof item === "string"))) {
      throw new Error(`${name} must be a list of entity ids`);
    }
  }
  if (config.area != null && typeof config.area !== "string") throw new Error("area must be an area id");
  for (const [name, most] of [["history", 20], ["linger", 3600]] as const) {
    const value = config[name];
    if (value != null && !(Number(value) >= 0 && Number(value) <= most)) {
      throw new Error(`${name} must be a number from 0 to ${most}`);
    }
  }
}
