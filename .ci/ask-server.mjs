/**
 * Asks a running server for a picture, as any client would, and writes it: node .ci/ask-server.mjs URL FILE.
 * In Node since a bare machine has no curl.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const [url, file] = process.argv.slice(2);
const request = { prompt: 'red striped t-shirt', seed: 7 };

const ask = async (path, options) => {
  const response = await fetch(url + path, { signal: AbortSignal.timeout(30_000), ...options });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
};

await ask('/readyz');
const posted = await ask('/v1/generations', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(request),
});
if (posted.status !== 202) throw new Error(`a generation was taken in with ${posted.status}, not 202`);
let job = await posted.json();
for (const deadline = Date.now() + 180_000; job.state === 'queued' || job.state === 'running';) {
  if (Date.now() > deadline) throw new Error(`still ${job.state} after three minutes`);
  await delay(250);
  job = await (await ask(`/v1/generations/${job.id}`)).json();
}
if (job.state !== 'done') throw new Error(`it ended as ${job.state}: ${JSON.stringify(job.error)}`);
const picture = await ask(`/v1/assets/${job.variants[0].asset}`);
await writeFile(file, Buffer.from(await picture.arrayBuffer()));
console.log(`${picture.headers.get('content-type')}, ${job.timings.totalMs} ms -> ${file}`);
