/** What can be copied must help, and must not give anything away. */
import { expect, it } from 'vitest';
import { describeProblem } from '../../../plugin/ui/diagnostics.js';
import { firstState, type State } from '../../../plugin/ui/state.js';

const state: State = {
  ...firstState,
  version: '0.1.0',
  settings: {
    server: 'https://me:hunter2@toile.example/x?token=abc',
    key: 'sk-very-secret',
    language: 'en',
    variants: 4,
  },
  models: { models: [{ name: 'garments', title: 'G', loaded: true }], device: 'cpu', deviceReason: 'no gpu' },
  checks: [{ stage: 'key', state: 'bad', trouble: 'key-wrong', detail: 'the key sk-very-secret is unknown' }],
};

it('names versions, server, device, error, request and browser', () => {
  const problem = { code: 'engine_failed', detail: 'out of memory', status: 503, requestId: 'r-1', job: 'j-1' };
  const text = describeProblem(state, problem, 'Chrome 140', new Date(0));
  expect(text.split('\n')).toEqual([
    'Toile: 0.1.0',
    'protocol: 2',
    'server: https://toile.example',
    'key: set',
    'device: cpu (no gpu)',
    'model: garments',
    'error: engine_failed',
    'status: 503',
    'request: r-1',
    'job: j-1',
    'detail: out of memory',
    'check key: bad, key-wrong, the key … is unknown',
    'browser: Chrome 140',
    'time: 1970-01-01T00:00:00.000Z',
  ]);
});

it('never holds the key, nor what an address hides', () => {
  const problem = { code: 'unauthorized', detail: 'Bearer sk-very-secret is not known' };
  const text = describeProblem(state, problem, '', new Date(0));
  for (const secret of ['sk-very-secret', 'hunter2', 'abc']) expect(text).not.toContain(secret);
});
