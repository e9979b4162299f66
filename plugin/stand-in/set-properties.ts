/** Properties as a designer sets them in the side bar; only what the node has is set. */
import type { DesignerProperties } from './contract.js';
import { hasProperty } from './defaults.js';
import { setTransform, settle } from './layout.js';
import type { NodeProperties } from './node-data.js';
import type { NodeStore } from './node-store.js';
import { setStored } from './stored-properties.js';
import { withUnitAxes } from './transforms.js';

export function setProperties(nodes: NodeStore, id: string, properties: DesignerProperties): void {
  const { visible, locked, relativeTransform, cornerRadius, ...stored } = properties;
  const set = <Key extends keyof NodeProperties>(key: Key, value: NodeProperties[Key] | undefined): void => {
    const node = nodes.get(id);
    if (value !== undefined && hasProperty(node.type, key)) setStored(nodes, { node, key, value });
  };
  if (visible !== undefined) nodes.change(id, { visible });
  if (locked !== undefined) nodes.change(id, { locked });
  if (relativeTransform) setTransform(nodes, id, withUnitAxes(relativeTransform));
  for (const key of ['topLeftRadius', 'topRightRadius', 'bottomLeftRadius', 'bottomRightRadius'] as const)
    set(key, cornerRadius);
  set('opacity', stored.opacity);
  set('blendMode', stored.blendMode);
  set('fills', stored.fills);
  set('strokes', stored.strokes);
  set('strokeWeight', stored.strokeWeight);
  set('effects', stored.effects);
  set('isMask', stored.isMask);
  set('maskType', stored.maskType);
  set('clipsContent', stored.clipsContent);
  settle(nodes, id);
}
