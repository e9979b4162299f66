/** What a stand-in for Figma offers to the place that holds it: the plugin's `figma`, a designer's hands, and the document. */
import type { Box, Point } from '../affine.js';
import type { StandInEvent } from './host.js';

export type { Box, Point };

export type NodeKind =
  | 'DOCUMENT'
  | 'PAGE'
  | 'SECTION'
  | 'FRAME'
  | 'GROUP'
  | 'COMPONENT'
  | 'INSTANCE'
  | 'RECTANGLE'
  | 'ELLIPSE'
  | 'POLYGON'
  | 'STAR'
  | 'LINE'
  | 'VECTOR'
  | 'BOOLEAN_OPERATION'
  | 'TEXT';

/** A node as it is drawn. Lengths in canvas units, angles in degrees, counter-clockwise. Immutable: a change makes a new one. */
export type DrawnNode = {
  readonly id: string;
  readonly type: NodeKind;
  readonly name: string;
  readonly parent: string | null;
  readonly children: readonly string[];
  readonly visible: boolean;
  readonly locked: boolean;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  /** From the node's own coordinates to the page's. */
  readonly absoluteTransform: Transform;
  readonly absoluteBoundingBox: Box;
  readonly opacity: number;
  readonly blendMode: BlendMode;
  readonly isMask: boolean;
  readonly maskType: MaskType;
  readonly clipsContent: boolean;
  /** Places its children by itself. */
  readonly isAutoLayout: boolean;
  readonly fills: readonly Paint[];
  readonly strokes: readonly Paint[];
  readonly strokeWeight: number;
  readonly effects: readonly Effect[];
  /** In the node's own coordinates; each path is filled by itself; whether there is a fill or not. Empty for groups and text. */
  readonly fillGeometry: VectorPaths;
  readonly strokeGeometry: VectorPaths;
  /** No font is measured here: the node's size is an estimate, and the drawer fits the text to its width. */
  readonly text?: {
    readonly characters: string;
    readonly fontSize: number;
    readonly family: string;
    readonly style: string;
    readonly align: 'LEFT' | 'CENTER' | 'RIGHT' | 'JUSTIFIED';
  };
  /** Commands of the buttons that the plugin put on the node, with their descriptions. */
  readonly relaunch: { readonly [command: string]: string };
};

/** Pixels of the screen: `width` and `height` of the canvas; `zoom` is pixels a canvas unit; x and y is the centre. */
export type Viewport = { x: number; y: number; zoom: number; width: number; height: number };

export interface DocumentView {
  pages(): readonly { readonly id: string; readonly name: string }[];
  currentPage(): string;
  node(id: string): DrawnNode | undefined;
  /** Ids in drawing order, the lowest first. */
  children(id: string): readonly string[];
  /** The mask that covers a node: the nearest earlier sibling that is one. Masks themselves are covered by none. */
  maskOf(id: string): string | undefined;
  selection(): readonly string[];
  viewport(): Viewport;
  image(hash: string): { readonly bytes: Uint8Array; readonly width: number; readonly height: number } | undefined;
  canUndo(): boolean;
  canRedo(): boolean;
}

/** What a designer does. Each call is one undo step, unless it lies between `beginGesture` and `endGesture`. */
export interface Designer {
  select(ids: readonly string[]): void;
  /** A rectangle filled with the picture, at its size in pixels unless the box says otherwise. Answers with the node's id. */
  addImage(bytes: Uint8Array, box?: Partial<Box>, name?: string): string;
  addRectangle(box: Box): string;
  addEllipse(box: Box): string;
  addFrame(box: Box): string;
  /** A closed shape through points of the page, such as a lasso draws. */
  addPolygon(points: readonly Point[]): string;
  /** A stroke through points of the page, such as a brush draws. */
  addStroke(points: readonly Point[], weight: number): string;
  addText(at: Point, characters: string, fontSize?: number): string;
  rename(id: string, name: string): void;
  move(ids: readonly string[], dx: number, dy: number): void;
  /** Sizes along the node's own axes; `at` moves its top left corner to that point of the page. */
  resize(id: string, size: { width: number; height: number; at?: Point }): void;
  /** About the node's centre, counter-clockwise. */
  rotate(id: string, degrees: number): void;
  remove(ids: readonly string[]): void;
  duplicate(ids: readonly string[]): string[];
  group(ids: readonly string[]): string;
  ungroup(id: string): void;
  combine(ids: readonly string[], operation: 'UNION' | 'INTERSECT' | 'SUBTRACT' | 'EXCLUDE'): string;
  /** Into a frame, group or page, keeping its place on the page. */
  moveInto(id: string, parent: string, index?: number): void;
  /** Makes a component of a node; then `addInstance` of it. */
  makeComponent(id: string): string;
  addInstance(component: string, at: Point): string;
  setProperties(id: string, properties: DesignerProperties): void;
  beginGesture(): void;
  endGesture(): void;
  undo(): void;
  redo(): void;
  addPage(name: string): string;
  setPage(id: string): void;
  setViewport(viewport: Partial<Viewport>): void;
  /** Presses the panel's close button. */
  closePlugin(): void;
  /** Types into a quick-action parameter; the suggestions that the plugin gives, or its error. */
  suggest(input: { key: string; query: string; parameters?: Record<string, unknown> }): Promise<Suggestions>;
}

export type DesignerProperties = {
  visible?: boolean;
  locked?: boolean;
  opacity?: number;
  blendMode?: BlendMode;
  fills?: readonly Paint[];
  strokes?: readonly Paint[];
  strokeWeight?: number;
  effects?: readonly Effect[];
  isMask?: boolean;
  maskType?: MaskType;
  cornerRadius?: number;
  clipsContent?: boolean;
  /** As `relativeTransform`: to the page, or to the frame that the node lies in. */
  relativeTransform?: Transform;
};

export type Suggestions = {
  suggestions: readonly { name: string; data?: unknown }[];
  error?: string;
  loading?: string;
};

export interface StandIn {
  /** The API object of the current run; a new one after the plugin was closed. */
  readonly figma: PluginAPI;
  /** A message from the panel to main; main hears a structured clone of it, later on. */
  fromPanel(message: unknown): void;
  onEvent(listener: (event: StandInEvent) => void): () => void;
  /**
   * What Figma does for a menu command, a relaunch button or a quick action: sets `figma.command`, and calls `run`
   * handlers once the present task is over.
   * @returns true where the plugin was not running: evaluate its main bundle against `figma` now. A running plugin just
   * hears `run` again.
   */
  run(command: string, parameters?: Record<string, unknown>): boolean;
  /** The same without a `run`: what Figma does when a quick action starts to ask for parameters. */
  open(command: string): boolean;
  readonly running: boolean;
  readonly user: Designer;
  readonly document: DocumentView;
  /** The document as JSON, pictures in base64. */
  save(): string;
  /** Replaces the document; undo history is emptied. */
  load(text: string): void;
}

export type StandInOptions = {
  /** Commands that manifest.json names as relaunch buttons; others are reported, since Figma would show no button. */
  relaunchButtons?: readonly string[];
  /** Hears of every use that Figma would refuse or that the stand-in does not know, even where the plugin catches it. */
  onViolation?: (text: string) => void;
};
