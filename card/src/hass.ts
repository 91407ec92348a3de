/** The parts of Home Assistant's frontend that the card uses. */

export const DOMAIN = "elevenlabs_streaming";

export type Unsubscribe = () => unknown;

export interface Connection {
  subscribeMessage(heard: (message: unknown) => void, request: object): Promise<Unsubscribe>;
  addEventListener(type: string, heard: () => void): void;
  removeEventListener(type: string, heard: () => void): void;
}

export interface EntityState {
  state: string;
  attributes: {
    friendly_name?: string;
    icon?: string;
    entity_id?: string[];
    group_members?: string[];
    supported_features?: number;
    restored?: boolean;
  };
}

export interface Hass {
  connection: Connection;
  states: Record<string, EntityState | undefined>;
  entities: Record<string, { area_id?: string | null; device_id?: string | null; platform?: string } | undefined>;
  devices: Record<string, { area_id?: string | null } | undefined>;
  areas: Record<string, { name: string } | undefined>;
  config: { components: string[] };
  locale: { language: string };
  callWS<T>(request: object): Promise<T>;
  hassUrl(path: string): string;
}

/** End a subscription that may not be there, over a connection that may be gone. */
export function end(subscription: Promise<Unsubscribe | undefined> | null): void {
  subscription?.then((unsubscribe) => unsubscribe?.()).catch(() => {});
}

export const languageOf = (hass?: Hass): string =>
  hass?.locale.language ?? (document.documentElement.lang || "en");

/** Say that an announcement was heard, so that it is not said again. */
export function acknowledge(hass: Hass, id: string): void {
  const action = { domain: DOMAIN, service: "acknowledge", service_data: { announcement_id: id } };
  hass.callWS({ type: "call_service", ...action }).catch(() => {});
}

/** Return the name that people gave an entity. */
export const nameOf = (hass: Hass, entity: string): string =>
  hass.states[entity]?.attributes.friendly_name ?? entity;
