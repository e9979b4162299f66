/** The connection check: from the address to the device, stopping at what is wrong, each trouble with its one fix. */
import { PROTOCOL } from '../../../shared/protocol.js';
import { PanelError } from '../problem.js';
import { healthAnswer, modelsAnswer, type ModelsAnswer } from '../client/answers.js';
import { baseOf, call, readAnswer, type Server } from '../client/call.js';
import { stages, type Check, type Stage, type Trouble } from './check.js';
import { findBlock, type Surroundings } from './find-block.js';

/** Why a server doesn't say what it has loaded, by its error's code. */
const troubleOf: Record<string, Trouble | undefined> = {
  'bad-answer': 'broken',
  unreachable: 'broken',
  queue_unreachable: 'queue-away',
  engine_failed: 'no-worker',
};

export type Examined = { checks: Check[]; models?: ModelsAnswer };

/** After which what takes a call and says nothing counts as none: browsers wait for minutes. Milliseconds. */
const PATIENCE = 15_000;

/** Yields after every stage, the last time with all that were reached. */
export async function* examine(
  server: Server,
  surroundings: Surroundings,
  { patience = PATIENCE }: { patience?: number | undefined } = {},
): AsyncGenerator<Examined> {
  const fetch: Surroundings['fetch'] = (input, init) =>
    surroundings.fetch(input, { ...init, signal: AbortSignal.timeout(patience) });
  const checks: Check[] = stages.map((stage) => ({ stage, state: 'waiting' }));
  const set = (stage: Stage, change: Omit<Check, 'stage'>): Examined => {
    checks[stages.indexOf(stage)] = { stage, ...change };
    return { checks: [...checks] };
  };
  const bad = (stage: Stage, trouble: Trouble, detail?: string) =>
    set(stage, { state: 'bad', trouble, ...(detail ? { detail } : {}) });

  yield set('reachable', { state: 'running' });
  const url = baseOf(server.url);
  // a name and a port alone read as a scheme and a path
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return yield bad('reachable', 'no-address');
  let health;
  try {
    // without the key: this much is open to everybody
    const response = await call({ url, key: '' }, '/healthz', { fetch, cache: 'no-store' });
    health = await readAnswer(response, healthAnswer);
  } catch (thrown) {
    const code = thrown instanceof PanelError ? thrown.problem.code : '';
    if (code !== 'unreachable') {
      yield set('reachable', { state: 'good' });
      yield set('allowed', { state: 'good' });
      return yield bad('version', 'not-toile');
    }
    const { trouble, reached } = await findBlock(url, { ...surroundings, fetch });
    if (trouble === 'not-running') return yield bad('reachable', trouble);
    if (reached) set('reachable', { state: 'good' });
    else set('reachable', { state: 'waiting' });
    return yield bad('allowed', trouble);
  }
  set('reachable', { state: 'good' });
  yield set('allowed', { state: 'good' });
  yield set('key', { state: 'running' });

  let models: ModelsAnswer | undefined;
  let refusal: PanelError | undefined;
  try {
    models = await readAnswer(await call({ ...server, url }, '/v1/models', { fetch, cache: 'no-store' }), modelsAnswer);
  } catch (thrown) {
    if (!(thrown instanceof PanelError)) throw thrown;
    refusal = thrown;
    const { code, status, detail, needs = 'token' } = thrown.problem;
    if (status === 401) return yield bad('key', server.key ? 'key-wrong' : 'key-missing');
    if (status === 403) return yield bad('key', needs === 'key' ? 'key-make' : needs, detail);
    // where the keys are kept
    if (code === 'store_unreachable') return yield bad('key', 'store-away', detail);
  }
  yield set('key', { state: 'good' });

  const { name, version, protocol = PROTOCOL } = health;
  if (name !== undefined && name !== 'toile') return yield bad('version', 'not-toile', name);
  if (protocol < PROTOCOL) return yield bad('version', 'server-old', version);
  if (protocol > PROTOCOL) return yield bad('version', 'plugin-old', version);
  yield set('version', { state: 'good', ...(version ? { detail: version } : {}) });

  const loaded = models?.models.find((model) => model.loaded);
  if (!models || !loaded) {
    const why = refusal?.problem.detail ?? models?.models.find(({ problem }) => problem)?.problem;
    return yield bad('model', troubleOf[refusal?.problem.code ?? ''] ?? 'no-model', why);
  }
  set('model', { state: 'good', detail: loaded.title });
  const { checks: last } = set('device', { state: 'good', detail: models.device });
  yield { checks: last, models };
}
