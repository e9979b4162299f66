/** Which frame something is drawn into. */
import { contains, type Box } from '../affine.js';
import type { DocumentModel } from './document-model.js';
import { isAutoLayout } from './node-data.js';
import { absoluteBox, isShown } from './tree.js';

/** What is drawn within a frame or a section belongs to it. Auto-layout frames are left alone: it would move what lies in them. */
export function frameUnder({ nodes, page }: DocumentModel, box: Box): string | undefined {
  const holds = (id: string): boolean => {
    const { type } = nodes.get(id);
    return (
      (type === 'SECTION' || type === 'FRAME' || type === 'COMPONENT') &&
      !isAutoLayout(nodes.get(id)) &&
      isShown(nodes, id) &&
      contains(absoluteBox(nodes, id), box)
    );
  };
  const innermost = (id: string): string => {
    const next = nodes.get(id).children.findLast(holds);
    return next ? innermost(next) : id;
  };
  const found = innermost(page);
  return found === page ? undefined : found;
}
