/** Which properties and methods of Figma's nodes the stand-in has, with the signatures that Figma's typings give them. */
import type { NodeKind } from './contract.js';
import { hasProperty } from './defaults.js';
import { canHaveChildren, type NodeProperties } from './node-data.js';

export type PropertySurface = NodeProperties &
  Pick<
    FrameNode,
    | 'id'
    | 'parent'
    | 'name'
    | 'removed'
    | 'visible'
    | 'locked'
    | 'children'
    | 'x'
    | 'y'
    | 'width'
    | 'height'
    | 'rotation'
    | 'relativeTransform'
    | 'absoluteTransform'
    | 'absoluteBoundingBox'
    | 'absoluteRenderBounds'
    | 'layoutSizingHorizontal'
    | 'layoutSizingVertical'
    | 'cornerRadius'
    | 'fillGeometry'
    | 'strokeGeometry'
  > &
  Pick<PageNode, 'selection'> &
  Pick<InstanceNode, 'mainComponent'> &
  Pick<TextNode, 'hasMissingFont'> &
  Pick<DocumentNode, 'documentColorProfile'> & { type: NodeKind };

export type MethodSurface = Pick<
  FrameNode,
  | 'toString'
  | 'remove'
  | 'setRelaunchData'
  | 'getRelaunchData'
  | 'getPluginData'
  | 'setPluginData'
  | 'getPluginDataKeys'
  | 'getTopLevelFrame'
  | 'appendChild'
  | 'insertChild'
  | 'findChildren'
  | 'findChild'
  | 'findAll'
  | 'findOne'
  | 'findAllWithCriteria'
  | 'resize'
  | 'resizeWithoutConstraints'
  | 'exportAsync'
> & { clone(): SceneNode } & Pick<PageNode, 'loadAsync' | 'on' | 'once' | 'off'> &
  Pick<ComponentNode, 'createInstance'> &
  Pick<InstanceNode, 'getMainComponentAsync'>;

const ofLayers = [
  'visible',
  'locked',
  'x',
  'y',
  'width',
  'height',
  'rotation',
  'relativeTransform',
  'absoluteTransform',
  'absoluteBoundingBox',
  'absoluteRenderBounds',
  'layoutSizingHorizontal',
  'layoutSizingVertical',
  'resize',
  'resizeWithoutConstraints',
  'getTopLevelFrame',
  'clone',
];
const ofParents = [
  'children',
  'appendChild',
  'insertChild',
  'findChildren',
  'findChild',
  'findAll',
  'findOne',
  'findAllWithCriteria',
];
const ofAll = [
  'id',
  'type',
  'parent',
  'name',
  'removed',
  'toString',
  'remove',
  'setRelaunchData',
  'getRelaunchData',
  'getPluginData',
  'setPluginData',
  'getPluginDataKeys',
];
/** Of layers, what sections lack. */
const notOfSections = ['rotation', 'absoluteRenderBounds', 'layoutSizingHorizontal', 'layoutSizingVertical', 'resize'];
const ofPages = ['selection', 'loadAsync', 'on', 'once', 'off'];

/** Whether Figma's nodes of that kind have it; asked of those alone that the stand-in knows. */
export function has(kind: NodeKind, key: string): boolean {
  const isLayer = kind !== 'PAGE' && kind !== 'DOCUMENT';
  if (ofAll.includes(key)) return true;
  if (kind === 'SECTION' && notOfSections.includes(key)) return false;
  if (ofLayers.includes(key)) return isLayer;
  if (ofParents.includes(key)) return canHaveChildren(kind);
  if (ofPages.includes(key)) return kind === 'PAGE';
  if (key === 'exportAsync') return kind !== 'DOCUMENT';
  if (key === 'documentColorProfile') return kind === 'DOCUMENT';
  if (key === 'fillGeometry' || key === 'strokeGeometry') return hasProperty(kind, 'fills');
  if (key === 'cornerRadius') return hasProperty(kind, 'topLeftRadius');
  if (key === 'mainComponent' || key === 'getMainComponentAsync') return kind === 'INSTANCE';
  if (key === 'createInstance') return kind === 'COMPONENT';
  if (key === 'hasMissingFont') return kind === 'TEXT';
  return hasProperty(kind, key);
}
