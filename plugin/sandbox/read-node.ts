/** Pictures of single nodes for the panel: small as they are seen, or the bytes of their fill. */
import { findNode, imageFillOf } from './inspect-node.js';
import { exportBox, findSeen } from './plan-pixels.js';
import { Refusal } from './refusal.js';

const MAX_THUMBNAIL = 1024;

/** @param side of the picture's longer side, in pixels */
export async function lookAtNode(id: string, side: number): Promise<Uint8Array> {
  const { node, box } = findSeen(await findNode(id));
  const value = Math.max(1, Math.min(Math.round(side), MAX_THUMBNAIL));
  const type = box.width >= box.height ? 'WIDTH' : 'HEIGHT';
  return exportBox(node, { type, value });
}

export async function readNode(id: string): Promise<Uint8Array> {
  const node = await findNode(id);
  const fill = imageFillOf(node);
  const image = fill && figma.getImageByHash(fill.paint.imageHash);
  if (!image) throw new Refusal('no-image', `“${node.name}” has no picture`);
  return image.getBytesAsync();
}
