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
    device_class?: string;
  };
}

export type Localize = (key: string, values?: Record<string, string>) => string;

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
  loadBackendTranslation?(category: string, integration: string): Promise<Localize>;
}

/** End a subscription that may not be there, over a connection that may be gone. */
export function end(subscription: Promise<Unsubscribe | undefined> | null): void {
  subscription?.then((unsubscribe) => unsubscribe?.()).catch(() => {});
}

export const languageOf = (hass?: Hass): string =>
  hass?.locale.language ?? (document.documentElement.lang || "en");
