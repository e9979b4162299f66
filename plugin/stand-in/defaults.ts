/** What a new node of each kind is like, as Figma makes it; also the list of the properties that a kind has. */
import type { NodeKind } from './contract.js';
import { deepFreeze, type NodeProperties } from './node-data.js';

type Start = { name: string; width: number; height: number; properties: Partial<NodeProperties> };

const grey: Paint = {
  type: 'SOLID',
  visible: true,
  opacity: 1,
  blendMode: 'NORMAL',
  color: { r: 0.85, g: 0.85, b: 0.85 },
};
const white: Paint = { ...grey, color: { r: 1, g: 1, b: 1 } };
const black: Paint = { ...grey, color: { r: 0, g: 0, b: 0 } };

const layer = {
  opacity: 1,
  blendMode: 'PASS_THROUGH',
  effects: [],
  isMask: false,
  maskType: 'ALPHA',
  constrainProportions: false,
  layoutAlign: 'INHERIT',
  layoutGrow: 0,
  layoutPositioning: 'AUTO',
} satisfies Partial<NodeProperties>;

const corners = { topLeftRadius: 0, topRightRadius: 0, bottomLeftRadius: 0, bottomRightRadius: 0 };
const constraints = { horizontal: 'MIN', vertical: 'MIN' } as const;
const shape = { ...layer, fills: [grey], strokes: [], strokeWeight: 1, strokeAlign: 'INSIDE', constraints } as const;
const outline = { ...shape, fills: [], strokes: [black], strokeAlign: 'CENTER' } as const;
const frame = {
  ...shape,
  ...corners,
  fills: [white],
  clipsContent: true,
  expanded: true,
  layoutMode: 'NONE',
  primaryAxisSizingMode: 'AUTO',
  counterAxisSizingMode: 'FIXED',
  primaryAxisAlignItems: 'MIN',
  counterAxisAlignItems: 'MIN',
  itemSpacing: 0,
  paddingLeft: 0,
  paddingRight: 0,
  paddingTop: 0,
  paddingBottom: 0,
} as const;

const side = { width: 100, height: 100 };
const none = { width: 0, height: 0 };

export const starts: Readonly<Record<NodeKind, Start>> = deepFreeze({
  DOCUMENT: { ...none, name: 'Untitled', properties: {} },
  PAGE: { ...none, name: 'Page 1', properties: {} },
  SECTION: { ...side, name: 'Section', properties: { ...corners, fills: [white], strokes: [], strokeWeight: 1 } },
  FRAME: { ...side, name: 'Frame', properties: frame },
  COMPONENT: { ...side, name: 'Component', properties: frame },
  INSTANCE: { ...side, name: 'Instance', properties: frame },
  GROUP: { ...none, name: 'Group', properties: { ...layer, expanded: false } },
  RECTANGLE: { ...side, name: 'Rectangle', properties: { ...shape, ...corners } },
  ELLIPSE: {
    ...side,
    name: 'Ellipse',
    properties: { ...shape, arcData: { startingAngle: 0, endingAngle: 2 * Math.PI, innerRadius: 0 } },
  },
  POLYGON: { ...side, name: 'Polygon', properties: { ...shape, pointCount: 3 } },
  STAR: { ...side, name: 'Star', properties: { ...shape, pointCount: 5, innerRadius: 0.382 } },
  LINE: { width: 100, height: 0, name: 'Line', properties: outline },
  VECTOR: { ...side, name: 'Vector', properties: { ...outline, vectorPaths: [] } },
  BOOLEAN_OPERATION: {
    ...none,
    name: 'Union',
    properties: { ...shape, booleanOperation: 'UNION', expanded: false },
  },
  TEXT: {
    ...none,
    name: 'Text',
    properties: {
      ...shape,
      fills: [black],
      strokeAlign: 'OUTSIDE',
      characters: '',
      fontSize: 12,
      fontName: { family: 'Inter', style: 'Regular' },
      textAlignHorizontal: 'LEFT',
      textAlignVertical: 'TOP',
      textAutoResize: 'WIDTH_AND_HEIGHT',
    },
  },
});

export function hasProperty(kind: NodeKind, key: string): boolean {
  return Object.hasOwn(starts[kind].properties, key);
}
