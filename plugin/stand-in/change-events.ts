/** Tells a plugin what has changed in the document, as `documentchange` and a page's `nodechange` do. */
import type { Changes } from './document-model.js';
import { isSame, type NodeData } from './node-data.js';
import type { Snapshot } from './node-store.js';
import type { Session } from './session.js';

export function tellOfChanges(session: Session, { before, after }: Changes): void {
  const found = differences(session, before, after);
  if (found.length === 0) return;
  session.events.emit('documentchange', { documentChanges: found.map(({ change }) => change) });
  for (const [page, emitter] of session.pageEvents) {
    const nodeChanges = found.filter((each) => each.page === page).map(({ change }) => change);
    if (nodeChanges.length > 0) emitter.emit('nodechange', { nodeChanges });
  }
}

function differences(session: Session, before: Snapshot, after: Snapshot): { page?: string; change: NodeChange }[] {
  const found: { page?: string; change: NodeChange }[] = [];
  for (const [id, node] of after) {
    if (node.type === 'PAGE' || node.type === 'DOCUMENT') continue;
    const old = before.get(id);
    if (old === node) continue;
    const properties = old ? changedProperties(old, node) : [];
    if (old && properties.length === 0) continue;
    const common = { id, origin: 'LOCAL', node: session.handles.give<SceneNode>(id) } as const;
    const change: NodeChange = old ? { ...common, type: 'PROPERTY_CHANGE', properties } : { ...common, type: 'CREATE' };
    found.push({ page: pageIn(after, node), change });
  }
  for (const [id, { type, ...node }] of before) {
    if (after.has(id) || type === 'PAGE' || type === 'DOCUMENT') continue;
    found.push({
      page: pageIn(before, { type, ...node }),
      change: { type: 'DELETE', id, origin: 'LOCAL', node: { removed: true, type, id } },
    });
  }
  return found;
}

function changedProperties(old: NodeData, node: NodeData): NodeChangeProperty[] {
  const names: NodeChangeProperty[] = (
    ['name', 'visible', 'locked', 'width', 'height', 'parent', 'pluginData'] as const
  ).filter((key) => !isSame(old[key], node[key]));
  const [[a, , x], [b, , y]] = node.transform;
  const [[oldA, , oldX], [oldB, , oldY]] = old.transform;
  if (x !== oldX) names.push('x');
  if (y !== oldY) names.push('y');
  if (a !== oldA || b !== oldB) names.push('rotation');
  if (!isSame(old.transform, node.transform)) names.push('relativeTransform');
  for (const key of Object.keys(node.properties))
    if (!isSame(Reflect.get(old.properties, key), Reflect.get(node.properties, key))) names.push(nameOf(key));
  return names;
}

/** Vectors tell of their paths under another name. */
function nameOf(key: string): NodeChangeProperty {
  return (key === 'vectorPaths' ? 'vectorNetwork' : key) as NodeChangeProperty;
}

function pageIn(nodes: Snapshot, node: NodeData): string | undefined {
  let at: NodeData | undefined = node;
  while (at && at.type !== 'PAGE') at = at.parent ? nodes.get(at.parent) : undefined;
  return at?.id;
}
