/** Going through what lies below a node, in drawing order. */
import type { NodeData } from './node-data.js';
import { childrenOf } from './node-properties.js';
import type { Session } from './session.js';

export function below(session: Session, node: NodeData, use: string): string[] {
  return childrenOf(session, node, use).flatMap((id) => [id, ...below(session, session.model.nodes.get(id), use)]);
}

export function matches(
  { type, pluginData }: NodeData,
  { types, pluginData: wanted }: FindAllCriteria<NodeType[]>,
): boolean {
  if (types && !types.some((each) => each === type)) return false;
  if (!wanted) return true;
  const keys = Object.keys(pluginData);
  return wanted.keys ? wanted.keys.some((key) => keys.includes(key)) : keys.length > 0;
}
