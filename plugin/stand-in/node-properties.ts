/** The properties of nodes that are worked out rather than kept. */
import { fillGeometry, renderBounds, strokeGeometry } from './geometry.js';
import { invalid } from './limits.js';
import { setTransform, settle } from './layout.js';
import { isAutoLayout, isFitted, type NodeData, type NodeProperties } from './node-data.js';
import type { PropertySurface } from './node-surface.js';
import { refuse, type Session } from './session.js';
import { setStored } from './stored-properties.js';
import { absoluteBox, absoluteTransform, isInInstance, isInside } from './tree.js';
import { moved, rotationOf, turn, withUnitAxes } from './transforms.js';

type Worked = Omit<PropertySurface, keyof NodeProperties>;
export type Property<Value> = {
  get(node: NodeData): Value;
  /** Not there: the property is read-only. */
  set?(value: Value, node: NodeData): void;
};
export type WorkedProperties = { readonly [Key in keyof Worked]-?: Property<Worked[Key]> };

export function makeProperties(session: Session): WorkedProperties {
  const { model, handles } = session;
  const { nodes } = model;
  const change = (node: NodeData, next: Partial<NodeData>) => {
    nodes.change(node.id, next);
    settle(nodes, node.id);
  };
  const transformTo = (node: NodeData, transform: Transform) => {
    setTransform(nodes, node.id, transform);
    settle(nodes, node.id);
  };
  return {
    id: { get: ({ id }) => id },
    type: { get: ({ type }) => type },
    removed: { get: ({ id }) => !nodes.has(id) },
    parent: { get: ({ parent }) => (parent ? handles.give(parent) : null) },
    name: { get: ({ name }) => name, set: (name, node) => change(node, { name: String(name) }) },
    visible: { get: ({ visible }) => visible, set: (visible, node) => change(node, { visible: Boolean(visible) }) },
    locked: { get: ({ locked }) => locked, set: (locked, node) => change(node, { locked: Boolean(locked) }) },
    children: {
      get: (node) => Object.freeze(childrenOf(session, node, 'children').map((id) => handles.give<SceneNode>(id))),
    },
    x: {
      get: ({ transform }) => transform[0][2],
      set: (x, node) => transformTo(node, moved(node.transform, finite(x, 'x'), node.transform[1][2])),
    },
    y: {
      get: ({ transform }) => transform[1][2],
      set: (y, node) => transformTo(node, moved(node.transform, node.transform[0][2], finite(y, 'y'))),
    },
    width: { get: ({ width }) => width },
    height: { get: ({ height }) => height },
    rotation: {
      get: ({ transform }) => rotationOf(transform),
      set: (degrees, node) => {
        const [[, , x], [, , y]] = node.transform;
        transformTo(node, moved(turn(finite(degrees, 'rotation')), x, y));
      },
    },
    relativeTransform: {
      get: ({ transform }) => copyOf(transform),
      set: (transform, node) => {
        transform.flat().forEach((part) => finite(part, 'relativeTransform'));
        transformTo(node, withUnitAxes(copyOf(transform)));
      },
    },
    absoluteTransform: { get: ({ id }) => copyOf(absoluteTransform(nodes, id)) },
    absoluteBoundingBox: { get: ({ id }) => absoluteBox(nodes, id) },
    absoluteRenderBounds: { get: ({ id }) => renderBounds(nodes, id, true) },
    layoutSizingHorizontal: {
      get: (node) => sizingOf(session, node, 'HORIZONTAL'),
      set: (sizing, node) => setSizing(session, { node, axis: 'HORIZONTAL', sizing }),
    },
    layoutSizingVertical: {
      get: (node) => sizingOf(session, node, 'VERTICAL'),
      set: (sizing, node) => setSizing(session, { node, axis: 'VERTICAL', sizing }),
    },
    cornerRadius: {
      get: ({ properties: { topLeftRadius = 0, topRightRadius, bottomLeftRadius, bottomRightRadius } }) =>
        [topRightRadius, bottomLeftRadius, bottomRightRadius].every((radius) => radius === topLeftRadius)
          ? topLeftRadius
          : handles.mixed,
      set: (radius, node) => {
        if (typeof radius !== 'number') throw invalid('set_cornerRadius', 'Expected number');
        for (const key of ['topLeftRadius', 'topRightRadius', 'bottomLeftRadius', 'bottomRightRadius'] as const)
          setStored(nodes, { node: nodes.get(node.id), key, value: radius });
      },
    },
    fillGeometry: { get: (node) => fillGeometry(nodes, node) },
    strokeGeometry: { get: (node) => strokeGeometry(nodes, node) },
    selection: {
      get: ({ id }) => Object.freeze(model.selection(id).map((each) => handles.give<SceneNode>(each))),
      set: (selected, { id }) => {
        const ids = [...selected].map((node) => handles.idOf(node, 'set_selection'));
        const stray = ids.find((each) => !isInside(nodes, each, id));
        if (stray !== undefined)
          throw invalid(
            'set_selection',
            `The selection of a page can only include nodes in that page. ${stray} is not in it`,
          );
        model.select(id, ids);
      },
    },
    mainComponent: {
      get: () =>
        refuse(
          session,
          'in get_mainComponent: Cannot call with documentAccess: dynamic-page. Use node.getMainComponentAsync instead.',
        ),
    },
    hasMissingFont: { get: () => false },
    documentColorProfile: { get: () => 'SRGB' },
  };
}

/** Ids of what is below, where it may be read. `use` is for the error. */
export function childrenOf(session: Session, node: NodeData, use: string): readonly string[] {
  const { model, loadedPages, settings } = session;
  if (node.type === 'PAGE' && node.id !== model.page && !loadedPages.has(node.id))
    refuse(
      session,
      `in ${use}: Cannot access node children on a page that has not been explicitly loaded. Remember to call page.loadAsync() first, or figma.loadAllPagesAsync().`,
    );
  if (!settings.skipInvisibleInstanceChildren) return node.children;
  return node.children.filter((id) => model.nodes.get(id).visible || !isInInstance(model.nodes, id));
}

type Axis = 'HORIZONTAL' | 'VERTICAL';
type Sizing = 'FIXED' | 'HUG' | 'FILL';

function sizingOf({ model }: Session, node: NodeData, axis: Axis): Sizing {
  const { parent, grows } = fillOf(model, node, axis);
  if (parent && (grows ? node.properties.layoutGrow === 1 : node.properties.layoutAlign === 'STRETCH')) return 'FILL';
  if (node.type === 'TEXT') {
    const { textAutoResize } = node.properties;
    if (textAutoResize === 'WIDTH_AND_HEIGHT' || (textAutoResize === 'HEIGHT' && axis === 'VERTICAL')) return 'HUG';
  }
  return isAutoLayout(node) && node.properties[modeOf(node, axis)] === 'AUTO' ? 'HUG' : 'FIXED';
}

function setSizing({ model }: Session, { node, axis, sizing }: { node: NodeData; axis: Axis; sizing: Sizing }): void {
  const use = axis === 'HORIZONTAL' ? 'set_layoutSizingHorizontal' : 'set_layoutSizingVertical';
  const { parent, grows } = fillOf(model, node, axis);
  if (sizing === 'HUG' && !isAutoLayout(node) && node.type !== 'TEXT')
    throw invalid(use, 'HUG can only be set on auto-layout frames and text nodes');
  if (sizing === 'FILL' && !parent) throw invalid(use, 'FILL can only be set on children of auto-layout frames');
  const { nodes } = model;
  if (parent && !isFitted(node.type))
    nodes.setProperties(
      node.id,
      grows ? { layoutGrow: sizing === 'FILL' ? 1 : 0 } : { layoutAlign: sizing === 'FILL' ? 'STRETCH' : 'INHERIT' },
    );
  if (isAutoLayout(node)) nodes.setProperties(node.id, { [modeOf(node, axis)]: sizing === 'HUG' ? 'AUTO' : 'FIXED' });
  else if (node.type === 'TEXT') {
    const fixedWidth = axis === 'HORIZONTAL' && sizing !== 'HUG';
    setStored(nodes, { node, key: 'textAutoResize', value: fixedWidth ? 'HEIGHT' : 'WIDTH_AND_HEIGHT' });
  }
  settle(nodes, node.id);
}

/** The auto-layout frame that the node is laid out in, and whether it grows or stretches to fill that along the axis. */
function fillOf({ nodes }: Session['model'], node: NodeData, axis: Axis): { parent?: NodeData; grows: boolean } {
  const parent = node.parent ? nodes.get(node.parent) : undefined;
  if (!parent || !isAutoLayout(parent)) return { grows: false };
  return { parent, grows: parent.properties.layoutMode === axis };
}

function modeOf({ properties }: NodeData, axis: Axis): 'primaryAxisSizingMode' | 'counterAxisSizingMode' {
  return properties.layoutMode === axis ? 'primaryAxisSizingMode' : 'counterAxisSizingMode';
}

function copyOf([[a, c, e], [b, d, f]]: Transform): Transform {
  return [
    [a, c, e],
    [b, d, f],
  ];
}

function finite(value: number, key: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw invalid(`set_${key}`, `Property "${key}" failed validation: Expected number, received ${String(value)}`);
  return value;
}
