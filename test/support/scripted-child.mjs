/**
 * A child that answers as the engine's does, without one. What becomes of a job is in its prompt: `kill` ends the process
 * once the job has begun, `unread` before that, `wait` never gets on, `garble` is answered with what is no answer, and
 * anything else tells of a pass and is done. Jobs begin in the order they came, and none is done before those that came with it have begun. To be sent one twice ends it too.
 */
import { setTimeout as delay } from 'node:timers/promises';

const timings = { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0, pixelsMs: 0, totalMs: 0 };
const info = {
  bundle: 'scripted',
  bundles: [],
  device: 'cpu',
  deviceReason: 'as asked',
  threads: 1,
  maxBatch: 1,
  defaults: { passes: 1, candidates: 1 },
  loadMs: 0,
};
const had = new Set();
let last = delay(20);

process.on('disconnect', () => process.exit());
process.on('message', ({ type, call, job }) => {
  if (type === 'close') process.disconnect();
  if (type === 'cancel') void say({ type: 'rejected', call, error: { code: 'cancelled', message: 'cancelled' } });
  if (type === 'generate') last = last.then(() => begin(call, job.request.prompt));
});
await say({ type: 'ready', info });

async function begin(call, prompt) {
  if (had.has(call)) process.exit(1);
  had.add(call);
  if (prompt === 'unread') process.kill(process.pid, 'SIGKILL');
  await say({ type: 'begun', call });
  if (prompt !== 'wait') void end(call, prompt);
}

async function end(call, prompt) {
  await delay(40);
  if (prompt === 'kill') process.kill(process.pid, 'SIGKILL');
  await say({ type: 'progress', call, progress: { type: 'pass', variant: 0, pass: 1, passes: 1, batch: 1 } });
  await delay(40);
  const passes = prompt === 'garble' ? Number.NaN : 1;
  await say({ type: 'generated', call, result: { variants: [], passes, timings } });
}

/** Resolves when it is out. */
function say(message) {
  return new Promise((resolve) => process.send(message, resolve));
}
