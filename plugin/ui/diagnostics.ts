/** What can be copied and sent to whoever helps: versions, the server, what went wrong. Never the key. */
import { PROTOCOL } from '../../shared/protocol.js';
import type { Problem } from './problem.js';
import type { State } from './state.js';

export function describeProblem(state: State, problem: Problem | undefined, browser: string, at: Date): string {
  const { settings, version, models, checks } = state;
  const lines: [name: string, value: string | number | undefined][] = [
    ['Toile', version],
    ['protocol', PROTOCOL],
    ['server', withoutSecrets(settings.server)],
    ['key', settings.key ? 'set' : 'none'],
    ['device', models ? `${models.device} (${models.deviceReason})` : undefined],
    ['model', models?.models.find(({ loaded }) => loaded)?.name],
    ['error', problem?.code],
    ['status', problem?.status],
    ['request', problem?.requestId],
    ['job', problem?.job],
    ['detail', problem?.detail],
    ...checks.map(({ stage, state, trouble, detail }): [string, string] => [
      `check ${stage}`,
      [state, trouble, detail].filter(Boolean).join(', '),
    ]),
    ['browser', browser],
    ['time', at.toISOString()],
  ];
  const text = lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  // a server or a browser may have repeated it in its own words
  return settings.key ? text.replaceAll(settings.key, '…') : text;
}

/** An address may carry a name and a password. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  return url.origin === 'null' ? url.protocol : url.origin;
}
