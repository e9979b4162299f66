/**
 * What a stranger does at the playground, with mouse and keyboard, against the real server and the bundle that ships:
 * from nothing to an edited garment, then what else there is. Writes a screenshot of each step, in light and in dark.
 *
 *     npm run tour -- --out docs/tour
 *
 * `--brief` ends at the edited garment. Ends with 1 where a step fails. The machine's speed is no failure: the time is printed.
 */
import { parseArgs } from 'node:util';
import { atPlayground } from './support/at-playground.js';
import { createStranger, type Stranger } from './support/stranger.js';
import { createCamera } from './support/take-pictures.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'out/tour' },
    prompt: { type: 'string', default: 'red t-shirt' },
    brief: { type: 'boolean', default: false },
    change: { type: 'string', default: 'yellow t-shirt' },
  },
});

type Step = { says: string; picture?: string; do: (stranger: Stranger) => Promise<void> };

const toEdit: Step[] = [
  { says: 'opens the page', picture: '1-open', do: async ({ words }) => words.waitFor() },
  {
    says: `types “${values.prompt}”, presses Generate, and sees previews`,
    picture: '2-previews',
    do: async (stranger) => {
      await stranger.type(values.prompt);
      await stranger.press('Generate');
      await stranger.sees(0, 0);
    },
  },
  {
    says: 'has four variants',
    picture: '3-variants',
    do: (stranger) => stranger.reads(/^4 pictures are on the canvas$/),
  },
  {
    says: `draws an ellipse over one, and types “${values.change}”`,
    picture: '4-shape',
    do: async (stranger) => {
      await stranger.clickPicture(0, 0);
      await stranger.drawEllipse(0, 0, { x: -0.08, y: -0.06, width: 1.16, height: 1.12 });
      await stranger.type(values.change);
    },
  },
  {
    says: 'presses the button, and has an edited garment',
    do: async (stranger) => {
      await stranger.press('Edit inside the shapes');
      await stranger.has(1, 0);
    },
  },
];

const more: Step[] = [
  {
    says: 'has four of them in a row, with nothing changed outside the shape',
    picture: '5-edited',
    do: (stranger) => stranger.reads(/^Done: 0 px changed outside your shape$/),
  },
  {
    says: 'compares a result with what it was made from',
    picture: '6-compare',
    do: async (stranger) => {
      await stranger.clickPicture(1, 0);
      await stranger.press('Compare');
      await stranger.panel.getByRole('img', { name: 'Before' }).waitFor();
    },
  },
  {
    says: 'selects two pictures, and chooses to mix them',
    picture: '7-mix',
    do: async (stranger) => {
      await stranger.press('Back');
      await stranger.clickPicture(0, 1);
      await stranger.clickPicture(1, 1, { add: true });
      await stranger.choose('Mix');
    },
  },
  {
    says: 'has five steps from one to the other',
    picture: '8-strip',
    do: async (stranger) => {
      await stranger.press('Mix');
      await stranger.reads(/^5 pictures are on the canvas$/);
      await stranger.zoomToFit();
    },
  },
  {
    says: 'looks through the history',
    picture: '9-history',
    do: async (stranger) => {
      await stranger.press('History');
      await stranger.panel.getByRole('listitem').first().waitFor();
    },
  },
];

await atPlayground(async (page, origin) => {
  const picture = await createCamera(page, values.out);
  const stranger = createStranger(page);
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const take = async (step: Step) => {
    await step.do(stranger).catch((cause: unknown) => {
      throw new Error(`failed: ${step.says}`, { cause });
    });
    console.log(`${seconds().padStart(8)}  ${step.says}`);
    for (const written of step.picture ? await picture(step.picture) : []) console.log(`${' '.repeat(10)}${written}`);
  };
  await page.goto(origin);
  for (const step of toEdit) await take(step);
  const edited = seconds();
  for (const step of values.brief ? [] : more) await take(step);
  console.log(`From the page's opening to an edited garment: ${edited}, the time for the pictures included.`);
});
