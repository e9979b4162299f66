/** The page at `/`: asks the server that served it for pictures, and shows them as they come. */

const form = document.querySelector('#form');
const status = document.querySelector('#status');
const progress = document.querySelector('#progress');
const pictures = document.querySelector('#pictures');
const cancel = document.querySelector('#cancel');
let running;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const request = { prompt: fields.get('prompt'), variants: Number(fields.get('variants')) };
  if (fields.get('seed') !== '') request.seed = Number(fields.get('seed'));
  try {
    if (running) await ask(`/v1/generations/${running}`, { method: 'DELETE' });
    const job = await ask('/v1/generations', { method: 'POST', body: JSON.stringify(request) });
    running = job.id;
    pictures.replaceChildren();
    progress.hidden = cancel.hidden = false;
    progress.value = 0;
    await follow(job);
  } catch (error) {
    status.textContent = error.message;
  } finally {
    running = undefined;
    progress.hidden = cancel.hidden = true;
  }
});

cancel.addEventListener('click', () => running && ask(`/v1/generations/${running}`, { method: 'DELETE' }));

async function follow(job) {
  const { variants, seed, prompt } = job.request;
  for await (const event of events(`/v1/generations/${job.id}/events`)) {
    if (event.type === 'queued') status.textContent = `Waiting, ${event.position} ahead`;
    if (event.type === 'pass') {
      progress.value = (event.variant + event.pass / event.passes) / variants;
      status.textContent = `Variant ${event.variant + 1} of ${variants}, pass ${event.pass} of ${event.passes}`;
    }
    if (event.type === 'variant') show(event, prompt);
    if (event.type === 'failed') throw new Error(event.error.message);
    if (event.type === 'cancelled') status.textContent = 'Cancelled.';
    if (event.type === 'done') status.textContent = `Done. Seed ${seed} makes these again.`;
  }
}

function show({ variant, asset, seed, relevance, fidelity }, prompt) {
  if (document.querySelector(`[data-variant="${variant}"]`)) return;
  const item = document.createElement('li');
  item.dataset.variant = variant;
  const image = document.createElement('img');
  image.src = `/v1/assets/${asset}`;
  image.alt = `${prompt || 'A garment'}, variant ${variant + 1}`;
  const note = document.createElement('p');
  const percent = (share) => `${Math.round(100 * share)} %`;
  note.textContent = `seed ${seed} · fits ${percent(relevance)} · looks real ${percent(fidelity)}`;
  item.append(image, note);
  pictures.append(item);
}

/** Server-sent events by fetch; a broken connection goes on after the last event seen. */
async function* events(url) {
  let last = '0';
  for (;;) {
    const response = await fetch(url, { headers: { 'Last-Event-ID': last } });
    if (!response.ok) throw new Error(await problem(response));
    let buffer = '';
    try {
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        buffer += text;
        const blocks = buffer.split('\n\n');
        buffer = blocks.pop();
        for (const block of blocks) {
          const field = (name) => block.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1];
          if (field('data') === undefined) continue;
          last = field('id') ?? last;
          const event = JSON.parse(field('data'));
          yield event;
          if (['done', 'failed', 'cancelled'].includes(event.type)) return;
        }
      }
    } catch {
      // the connection broke; the job goes on
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function ask(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(await problem(response));
  return response.json();
}

async function problem(response) {
  const body = await response.json().catch(() => undefined);
  return body?.error?.message ?? `The server answered ${response.status}.`;
}
