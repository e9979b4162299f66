/** Properties that a node keeps as they are set, each with what Figma asks of a value. */
import { multiply, shift } from '../affine.js';
import { invalid, limits } from './limits.js';
import { settle } from './layout.js';
import { deepFreeze, type NodeData, type NodeProperties } from './node-data.js';
import type { NodeStore } from './node-store.js';
import { normalizePaints } from './paints.js';
import { boundsOfPaths, parsePath, placePath, writePath } from './path-data.js';
import { cloneMessage } from './structured-clone.js';
import { estimateText } from './text-size.js';

type Rules = { [Key in keyof NodeProperties]: (value: NodeProperties[Key]) => NodeProperties[Key] };

const number =
  (least: number, most = Infinity) =>
  (value: number): number => {
    if (typeof value !== 'number' || Number.isNaN(value)) throw new Error(`Expected number, received ${typeof value}`);
    if (value < least) throw new Error(`Number must be greater than or equal to ${least}`);
    if (value > most) throw new Error(`Number must be less than or equal to ${most}`);
    return value;
  };

const boolean = (value: boolean): boolean => {
  if (typeof value !== 'boolean') throw new Error(`Expected boolean, received ${typeof value}`);
  return value;
};

const oneOf =
  <Value>(...values: readonly Value[]) =>
  (value: Value): Value => {
    if (!values.includes(value))
      throw new Error(`Invalid enum value. Expected ${values.join(' | ')}, received ${String(value)}`);
    return value;
  };

const list = <Value>(value: readonly Value[]): readonly Value[] => {
  if (!Array.isArray(value)) throw new Error('Expected array');
  return value;
};

const plain = <Value>(value: Value): Value => value;

const blendModes = [
  'PASS_THROUGH',
  'NORMAL',
  'DARKEN',
  'MULTIPLY',
  'LINEAR_BURN',
  'COLOR_BURN',
  'LIGHTEN',
  'SCREEN',
  'LINEAR_DODGE',
  'COLOR_DODGE',
  'OVERLAY',
  'SOFT_LIGHT',
  'HARD_LIGHT',
  'DIFFERENCE',
  'EXCLUSION',
  'HUE',
  'SATURATION',
  'COLOR',
  'LUMINOSITY',
] satisfies BlendMode[];

const rules: Rules = {
  opacity: number(0, 1),
  blendMode: oneOf<BlendMode>(...blendModes),
  effects: list,
  isMask: boolean,
  maskType: oneOf('ALPHA', 'VECTOR', 'LUMINANCE'),
  fills: (paints) => normalizePaints(paints),
  strokes: (paints) => normalizePaints(paints),
  strokeWeight: number(0),
  strokeAlign: oneOf('CENTER', 'INSIDE', 'OUTSIDE'),
  constrainProportions: boolean,
  constraints: plain,
  topLeftRadius: number(0),
  topRightRadius: number(0),
  bottomLeftRadius: number(0),
  bottomRightRadius: number(0),
  clipsContent: boolean,
  expanded: boolean,
  layoutMode: oneOf<FrameNode['layoutMode']>('NONE', 'HORIZONTAL', 'VERTICAL'),
  primaryAxisSizingMode: oneOf('FIXED', 'AUTO'),
  counterAxisSizingMode: oneOf('FIXED', 'AUTO'),
  primaryAxisAlignItems: oneOf<FrameNode['primaryAxisAlignItems']>('MIN', 'MAX', 'CENTER', 'SPACE_BETWEEN'),
  counterAxisAlignItems: oneOf<FrameNode['counterAxisAlignItems']>('MIN', 'MAX', 'CENTER'),
  itemSpacing: number(-Infinity),
  paddingLeft: number(0),
  paddingRight: number(0),
  paddingTop: number(0),
  paddingBottom: number(0),
  layoutAlign: oneOf('MIN', 'CENTER', 'MAX', 'STRETCH', 'INHERIT'),
  layoutGrow: number(0),
  layoutPositioning: oneOf('AUTO', 'ABSOLUTE'),
  characters: (value) => {
    if (typeof value !== 'string') throw new Error(`Expected string, received ${typeof value}`);
    return value;
  },
  textAlignHorizontal: oneOf('LEFT', 'CENTER', 'RIGHT', 'JUSTIFIED'),
  textAlignVertical: oneOf('TOP', 'CENTER', 'BOTTOM'),
  textAutoResize: oneOf('NONE', 'WIDTH_AND_HEIGHT', 'HEIGHT', 'TRUNCATE'),
  fontSize: number(1),
  fontName: plain,
  vectorPaths: (paths) =>
    list(paths).map(({ windingRule, data }) => ({ windingRule, data: writePath(parsePath(data)) })),
  booleanOperation: oneOf('UNION', 'INTERSECT', 'SUBTRACT', 'EXCLUDE'),
  pointCount: number(3, 60),
  innerRadius: number(0, 1),
  arcData: plain,
};

export function isStored(key: string): key is keyof NodeProperties {
  return Object.hasOwn(rules, key);
}

/** @throws as Figma does where the value is no good */
export function setStored<Key extends keyof NodeProperties>(
  nodes: NodeStore,
  { node, key, value }: { node: NodeData; key: Key; value: NodeProperties[Key] },
): void {
  const partial: Partial<NodeProperties> = {};
  try {
    partial[key] = deepFreeze(rules[key](cloneMessage(value)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`set_${key}`, `Property "${key}" failed validation: ${reason}`);
  }
  nodes.setProperties(node.id, partial);
  if (key === 'vectorPaths') fitToPaths(nodes, node.id);
  if (node.type === 'TEXT') fitToText(nodes, node.id);
  settle(nodes, node.id);
}

/** A vector is as large as its paths: they are moved to start at its corner, and it is moved the other way. */
function fitToPaths(nodes: NodeStore, id: string): void {
  const node = nodes.get(id);
  const paths = node.properties.vectorPaths ?? [];
  const box = boundsOfPaths(paths);
  if (!box) return;
  const back = shift(-box.x, -box.y);
  nodes.setProperties(id, { vectorPaths: paths.map((path) => ({ ...path, data: placePath(path.data, back) })) });
  const smallest = (side: number) => Math.max(limits.smallestSide, side);
  nodes.change(id, {
    transform: multiply(node.transform, shift(box.x, box.y)),
    width: smallest(box.width),
    height: smallest(box.height),
  });
}

function fitToText(nodes: NodeStore, id: string): void {
  const { properties, width } = nodes.get(id);
  const { characters = '', fontSize = 12, textAutoResize } = properties;
  const size = estimateText(characters, fontSize, textAutoResize === 'HEIGHT' ? width : undefined);
  if (textAutoResize === 'WIDTH_AND_HEIGHT') nodes.change(id, size);
  if (textAutoResize === 'HEIGHT') nodes.change(id, { height: size.height });
}
