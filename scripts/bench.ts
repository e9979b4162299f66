/**
 * Ratios of times, which hold on other machines where the times themselves don't.
 *
 *     npm run bench -- --runs 3 --variants 2
 *
 * The plugin against its server: from the click in the panel until a picture is on the canvas, next to the same request
 * asked for directly, in turns; and next to what the server itself took for that very job, which other work on the
 * machine slows down alike.
 */
import { parseArgs } from 'node:util';
import { jobView } from '../shared/job.js';
import { follow, settle, submit, view, type Moments } from './support/ask-directly.js';
import { atPlayground } from './support/at-playground.js';
import { printTable, quantile } from './support/figures.js';
import { createStranger, type Stranger } from './support/stranger.js';
import { watchRow } from './support/watch-row.js';

const MOST = 1.1;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, variants: { type: 'string', default: '2' } },
});
const runs = Number(values.runs);

/** Milliseconds since the click, or since the request was sent. */
type Pair = { plugin: Moments; direct: Moments; own: Moments };
type Job = { name: string; button: string; prepare: (stranger: Stranger) => Promise<void> };

const jobs: Job[] = [
  {
    name: 'generate',
    button: 'Generate',
    async prepare(stranger) {
      await stranger.choose(values.variants);
      await stranger.type('red t-shirt');
    },
  },
  {
    name: 'edit in an ellipse',
    button: 'Edit inside the shapes',
    async prepare(stranger) {
      // the newest row, since the view has followed it
      await stranger.clickPicture(runs - 1, 0);
      await stranger.drawEllipse(runs - 1, 0, { x: 0.25, y: 0.25, width: 0.5, height: 0.5 });
      await stranger.type('yellow t-shirt');
    },
  },
];

await atPlayground(async (page, origin) => {
  const stranger = createStranger(page);
  await page.goto(origin);
  // the engine's first job allocates what later ones reuse
  const { id } = await submit(origin, { prompt: 'jeans', variants: 1, previews: 1, seed: 1 });
  await follow(origin, id, { fetching: true });
  console.log(`${runs} runs each, ${values.variants} variants; medians.\n`);
  const rows: string[][] = [['', 'plugin', 'asked directly', 'ratio', 'ratio to the same job on the server']];
  for (const job of jobs) {
    await job.prepare(stranger);
    const pairs: Pair[] = [];
    for (let run = 0; run < runs; run++) pairs.push(await measure(stranger, origin, job.button));
    rows.push(line(`${job.name}, first preview`, pairs, 'firstPreview'));
    rows.push(line(`${job.name}, last variant`, pairs, 'lastVariant'));
  }
  printTable(rows);
});

async function measure(stranger: Stranger, origin: string, button: string): Promise<Pair> {
  const { page } = stranger;
  const submitted = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/v1/generations'),
  );
  const selection = await page.evaluate(() => [...(window.toilePlayground?.standIn.document.selection() ?? [])]);
  const watched = await watchRow(page);
  await stranger.press(button);
  const { id } = jobView.parse(await (await submitted).json());
  const seen = await follow(origin, id, { fetching: false });
  const { clicked, ...shown } = await watched();
  const { createdAt, request } = await view(origin, id);
  await settle();
  // what was just made is selected in the end; the next run is to start where this one did
  await page.evaluate((ids) => window.toilePlayground?.standIn.user.select(ids), selection);
  const start = Date.now();
  const again = await submit(origin, request);
  const direct = await follow(origin, again.id, { fetching: true });
  await settle();
  const since = (moment: number, { firstPreview, lastVariant }: Moments): Moments => ({
    firstPreview: firstPreview - moment,
    lastVariant: lastVariant - moment,
  });
  return { plugin: since(clicked, shown), direct: since(start, direct), own: since(Date.parse(createdAt), seen) };
}

function line(name: string, pairs: readonly Pair[], key: keyof Moments): string[] {
  const median = (numbers: readonly number[]) => quantile(numbers, 0.5);
  const plugin = median(pairs.map((pair) => pair.plugin[key]));
  const direct = median(pairs.map((pair) => pair.direct[key]));
  const paired = median(pairs.map((pair) => pair.plugin[key] / pair.own[key]));
  return [
    name,
    `${Math.round(plugin)} ms`,
    `${Math.round(direct)} ms`,
    (plugin / direct).toFixed(2),
    `${paired.toFixed(2)}${paired > MOST ? ` (asked: ${MOST} at most)` : ''}`,
  ];
}
