/** A node as the model keeps it: plain, deeply frozen data, so that a whole document is remembered by keeping references. */
import type { DrawnNode, NodeKind } from './contract.js';

/** Properties that are kept as they are set; their types are Figma's own. Which a kind has is in `defaults.ts`. */
export type NodeProperties = Pick<
  FrameNode,
  | 'opacity'
  | 'blendMode'
  | 'effects'
  | 'isMask'
  | 'maskType'
  | 'strokes'
  | 'strokeAlign'
  | 'constrainProportions'
  | 'constraints'
  | 'topLeftRadius'
  | 'topRightRadius'
  | 'bottomLeftRadius'
  | 'bottomRightRadius'
  | 'clipsContent'
  | 'expanded'
  | 'layoutMode'
  | 'primaryAxisSizingMode'
  | 'counterAxisSizingMode'
  | 'primaryAxisAlignItems'
  | 'counterAxisAlignItems'
  | 'itemSpacing'
  | 'paddingLeft'
  | 'paddingRight'
  | 'paddingTop'
  | 'paddingBottom'
  | 'layoutAlign'
  | 'layoutGrow'
  | 'layoutPositioning'
> &
  Pick<TextNode, 'characters' | 'textAlignHorizontal' | 'textAlignVertical' | 'textAutoResize'> &
  Pick<VectorNode, 'vectorPaths'> &
  Pick<BooleanOperationNode, 'booleanOperation'> &
  Pick<StarNode, 'pointCount' | 'innerRadius'> &
  Pick<EllipseNode, 'arcData'> & {
    fills: readonly Paint[];
    strokeWeight: number;
    fontSize: number;
    fontName: FontName;
  };

export type NodeData = Pick<
  DrawnNode,
  'id' | 'type' | 'name' | 'parent' | 'children' | 'visible' | 'locked' | 'width' | 'height' | 'relaunch'
> & {
  /** From the node's coordinates to its container's: the nearest frame or page above, past groups and booleans. */
  readonly transform: Transform;
  readonly properties: Readonly<Partial<NodeProperties>>;
  readonly pluginData: { readonly [key: string]: string };
  /** An instance's component. */
  readonly main?: string;
};

const parents = ['DOCUMENT', 'PAGE', 'SECTION', 'FRAME', 'GROUP', 'COMPONENT', 'INSTANCE', 'BOOLEAN_OPERATION'];

export function canHaveChildren(kind: NodeKind): boolean {
  return parents.includes(kind);
}

/** Groups and booleans: as large as what they hold, and no container of coordinates. */
export function isFitted(kind: NodeKind): boolean {
  return kind === 'GROUP' || kind === 'BOOLEAN_OPERATION';
}

export function isFrame(kind: NodeKind): boolean {
  return kind === 'FRAME' || kind === 'COMPONENT' || kind === 'INSTANCE';
}

export function isAutoLayout({ properties }: Pick<NodeData, 'properties'>): boolean {
  return properties.layoutMode === 'HORIZONTAL' || properties.layoutMode === 'VERTICAL';
}

/** Freezes what plain data consists of; bytes stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

/** Whether two values of plain data say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [keys, otherKeys] = [Object.keys(one), Object.keys(other)];
  return (
    keys.length === otherKeys.length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(Reflect.get(one, key), Reflect.get(other, key)))
  );
}
