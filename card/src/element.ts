import { render } from "lit/html.js";

/**
 * A custom element that renders a Lit template into its shadow root, once per batch of changes.
 */
export abstract class Element extends HTMLElement {
  protected readonly view = this.attachShadow({ mode: "open" });

  #asked = false;

  constructor(styles: string) {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.view.adoptedStyleSheets = [sheet];
  }

  /** Render soon. */
  requestUpdate = (): void => {
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      if (!this.isConnected) return;
      render(this.render(), this.view, { host: this });
      this.updated();
    });
  };

  /** Return the template. */
  protected abstract render(): unknown;

  /** Do what has to be done with what was rendered. */
  protected updated(): void {}
}
