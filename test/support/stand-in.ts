/** The stand-in by itself in Node, with a plugin that runs nothing: for tests of the document model. */
import { createStandIn, type StandIn } from '../../plugin/stand-in/index.js';

export type Desk = {
  standIn: StandIn;
  figma: PluginAPI;
  violations: string[];
  notices: string[];
  toPanel: unknown[];
  /** A node by id, of a kind that the test knows. */
  find<Node extends BaseNode>(id: string): Promise<Node>;
  /** Until events and messages have come. */
  settle(): Promise<void>;
};

export function makeDesk(): Desk {
  const violations: string[] = [];
  const notices: string[] = [];
  const toPanel: unknown[] = [];
  let stored: string | undefined;
  const timers = new Map<number, NodeJS.Timeout>();
  let last = 0;
  const standIn = createStandIn(
    {
      showPanel: () => undefined,
      resizePanel: () => undefined,
      setPanelVisible: () => undefined,
      toPanel: (message) => void toPanel.push(message),
      notify: (text) => void notices.push(text),
      closed: () => undefined,
      openExternal: () => undefined,
      render: async (node, how) => new TextEncoder().encode(JSON.stringify({ node, ...how })),
      storage: {
        read: async () => stored,
        write: async (text) => {
          stored = text;
        },
      },
      setTimeout: (callback, ms) => {
        last += 1;
        timers.set(last, globalThis.setTimeout(callback, ms) as unknown as NodeJS.Timeout);
        return last;
      },
      clearTimeout: (id) => globalThis.clearTimeout(timers.get(id) as unknown as number),
    },
    { onViolation: (text) => violations.push(text), relaunchButtons: ['edit'] },
  );
  standIn.run('open');
  return {
    standIn,
    violations,
    notices,
    toPanel,
    get figma() {
      return standIn.figma;
    },
    find: async <Node extends BaseNode>(id: string) => {
      const node = await standIn.figma.getNodeByIdAsync(id);
      if (!node) throw new Error(`There is no node ${id}.`);
      return node as Node;
    },
    settle: () => new Promise((resolve) => globalThis.setTimeout(resolve, 5)),
  };
}
