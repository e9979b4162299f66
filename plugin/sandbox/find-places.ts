/** The places of a row, wherever the designer has put them: a preview may be dragged out of it while its job runs. */
import { isPlace, readPlaces, type Place } from './row-data.js';

/** Those in the row come first. */
export async function findPlaces(row: FrameNode): Promise<Place[]> {
  const inside = row.children.filter(isPlace);
  const ids = readPlaces(row).filter((id) => !inside.some((place) => place.id === id));
  const outside = await Promise.all(ids.map((id) => figma.getNodeByIdAsync(id)));
  return [...inside, ...outside].flatMap((node) => (node && !node.removed && isPlace(node) ? [node] : []));
}
