/** `exportAsync`: which part of the page is drawn, and how large; the drawing itself is the host's. */
import { union } from '../affine.js';
import { renderBounds } from './geometry.js';
import { invalid } from './limits.js';
import type { NodeData } from './node-data.js';
import { refuse, type Session } from './session.js';
import { absoluteBox } from './tree.js';

export async function exportNode(
  session: Session,
  node: NodeData,
  settings: ExportSettingsImage = { format: 'PNG' },
): Promise<Uint8Array> {
  const { format, constraint = { type: 'SCALE', value: 1 }, contentsOnly = true, useAbsoluteBounds = false } = settings;
  if (format !== 'PNG' && format !== 'JPG')
    refuse(session, `Exporting as ${String(format)} is not part of the stand-in`);
  if (!(constraint.value > 0)) throw invalid('exportAsync', 'The constraint must be greater than 0');
  const bounds = boundsOf(session, node, useAbsoluteBounds);
  if (!bounds || bounds.width === 0 || bounds.height === 0)
    throw invalid('exportAsync', 'Failed to export node. This node may not have any visible layers.');
  const side = { SCALE: 1, WIDTH: bounds.width, HEIGHT: bounds.height }[constraint.type];
  const rendered = await session.host.render(node.id, { scale: constraint.value / side, contentsOnly, bounds, format });
  return new Uint8Array(rendered);
}

function boundsOf({ model: { nodes } }: Session, node: NodeData, whole: boolean) {
  if (node.type === 'PAGE') {
    const boxes = node.children.flatMap((id) => renderBounds(nodes, id, false) ?? []);
    return boxes.length === 0 ? null : union(boxes);
  }
  const drawn = renderBounds(nodes, node.id, false);
  return drawn && whole ? absoluteBox(nodes, node.id) : drawn;
}
