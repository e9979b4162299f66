import { expect, it } from 'vitest';
import { createLog } from '../../server/log.js';

function logged(act: (log: ReturnType<typeof createLog>) => void): string {
  let lines = '';
  act(createLog('trace', { write: (line) => void (lines += line) }));
  return lines;
}

it('logs no key of a caller, wherever headers are logged', () => {
  const headers = { authorization: 'Bearer hunter2', host: 'localhost' };
  const lines = logged((log) => {
    log.info(headers, 'headers');
    log.info({ headers }, 'a request');
    log.info({ request: { headers } }, 'something with a request');
  });
  expect(lines).toContain('something with a request');
  expect(lines).not.toContain('hunter2');
});

it('logs no password that Redis refused', () => {
  // as the client of Redis makes it
  const refusal = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
    command: { name: 'auth', args: ['user', 'hunter2'] },
  });
  const lines = logged((log) => log.error({ err: refusal }, 'queue'));
  expect(lines).toMatch(/WRONGPASS.*"name":"auth"/);
  expect(lines).not.toContain('hunter2');
});
