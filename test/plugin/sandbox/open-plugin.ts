/** The plugin's sandbox half, opened in QuickJS over a stand-in document, as a panel and a designer see it. */
import sharp from 'sharp';
import type { Recipe, Subject, ToPanel, ToSandbox, TrackedJob } from '../../../plugin/messages.js';
import { toPanel } from '../../../plugin/to-panel.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../support/quickjs.js';

export type Said<Type extends ToPanel['type']> = Extract<ToPanel, { type: Type }>;
type Begin = Extract<ToSandbox, { type: 'begin' }>;

export type Plugin = {
  sandbox: Sandbox;
  user: Sandbox['user'];
  document: Sandbox['document'];
  tell(message: ToSandbox): void;
  /** The next message of that kind; everything that comes is checked against the contract. */
  next<Type extends ToPanel['type']>(type: Type): Promise<Said<Type>>;
  /** What the panel hears after a change of the selection. */
  select(...ids: string[]): Promise<Subject>;
  begin(wish: Partial<Omit<Begin, 'type'>>): Promise<Said<'began'>>;
  /** Messages of a kind so far. */
  said(type: ToPanel['type']): number;
};

export const manifestButtons = ['more', 'vary', 'edit'];

/** @param options `page` is the one that is shown when the plugin opens */
export async function openPlugin({ page, ...options }: SandboxOptions & { page?: string } = {}): Promise<Plugin> {
  const sandbox = await startSandbox({ relaunchButtons: manifestButtons, ...options });
  const { user, document } = sandbox;
  if (page !== undefined) user.setPage(page);
  const isSaid = <Type extends ToPanel['type']>(type: Type, message: ToPanel): message is Said<Type> =>
    message.type === type;
  const plugin: Plugin = {
    sandbox,
    user,
    document,
    tell: (message) => sandbox.send(message),
    next: async (type) => {
      const message = toPanel.parse(await sandbox.next(type));
      if (!isSaid(type, message)) throw new Error(`expected ${type}, got ${message.type}`);
      return message;
    },
    select: async (...ids) => {
      user.select([]);
      await sandbox.settle();
      user.select(ids);
      await sandbox.settle();
      const subjects = sandbox.received.flatMap((each) => {
        const message = toPanel.parse(each);
        return message.type === 'selected' ? [message.subject] : [];
      });
      const last = subjects.at(-1);
      if (!last) throw new Error('nothing was said of the selection');
      return last;
    },
    begin: (wish) => {
      const whole: Begin = { type: 'begin', ticket: 't1', name: 'Test', count: 2, shapes: [], others: [], ...wish };
      plugin.tell(whole);
      return plugin.next('began');
    },
    said: (type) => sandbox.received.filter((each) => toPanel.parse(each).type === type).length,
  };
  sandbox.run('open');
  plugin.tell({ type: 'open' });
  await plugin.next('opened');
  await plugin.next('selected');
  return plugin;
}

export async function makePicture(width: number, height: number, background = '#3366cc'): Promise<Uint8Array> {
  const picture = sharp({ create: { width, height, channels: 3, background } });
  return new Uint8Array(await picture.png().toBuffer());
}

export function makeJob(over: Partial<TrackedJob> = {}): TrackedJob {
  const server = 'http://localhost:8787';
  return { ticket: 't1', server, job: 'j1', name: 'Test', count: 2, panel: { prompt: 'blue' }, ...over };
}

export function makeRecipe(over: Partial<Recipe> = {}): Recipe {
  return {
    version: 1,
    server: 'http://localhost:8787',
    job: 'j1',
    request: { prompt: 'blue jeans', variants: 2, seed: 7 },
    variant: 0,
    seed: 7,
    relevance: 0.5,
    fidelity: 0.5,
    passes: 8,
    madeAt: '2025-01-01T00:00:00.000Z',
    panel: {},
    ...over,
  };
}
