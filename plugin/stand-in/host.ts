/** What the stand-in for Figma asks of the place it runs in: a browser page, or a test. */

export type PanelOptions = { width: number; height: number; title?: string; visible: boolean };

export type RenderOptions = {
  /** Pixels a canvas unit. */
  scale: number;
  /** Whether only the node is drawn, or everything that lies in the same area. */
  contentsOnly: boolean;
  /** The part of the page to draw, in page coordinates; the picture is this area times `scale`. */
  bounds: { x: number; y: number; width: number; height: number };
  format: 'PNG' | 'JPG';
};

export type StandInHost = {
  /** Show the panel, and load `html` into it. */
  showPanel(html: string, options: PanelOptions): void;
  resizePanel(width: number, height: number): void;
  setPanelVisible(visible: boolean): void;
  /** A message from the plugin's main half to its panel, already a structured clone. */
  toPanel(message: unknown): void;
  notify(text: string, options: { error: boolean }): void;
  /** The plugin closed itself. */
  closed(message?: string): void;
  openExternal(url: string): void;
  /**
   * Renders a node, which only a place with a canvas can do.
   * @returns bytes of a picture in `format`
   */
  render(nodeId: string, options: RenderOptions): Promise<Uint8Array>;
  /** clientStorage's one JSON text, kept by the place. */
  storage: { read(): Promise<string | undefined>; write(text: string): Promise<void> };
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(id: number): void;
};

/** A change of the document, the selection or the viewport; for whoever draws them. */
export type StandInEvent = { type: 'document' | 'selection' | 'viewport' | 'page' };
