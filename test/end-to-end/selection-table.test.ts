/** What the panel offers for each kind of selection, and what lands on the canvas when it is asked for. */
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Box, DrawnNode } from '../../plugin/stand-in/index.js';
import { en } from '../../plugin/ui/texts/en.js';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import type { Playground } from '../support/playground.js';

const LONG = { timeout: 180_000 };
const VARIANTS = 2;

describeInBrowser('the panel follows the selection', (stage) => {
  let playground: Playground;
  let photo: Uint8Array;
  let cloth: Uint8Array;
  beforeAll(async () => {
    [photo, cloth] = await Promise.all([makePhoto(192, 256, 3), makePhoto(96, 96, 11)]);
    playground = await stage.open({ passes: 2, variants: VARIANTS });
  }, OPENING);
  afterEach(async () => {
    await playground.standIn.evaluate(({ user, document }) => {
      user.remove(document.children(document.currentPage()));
      user.select([]);
    });
    expect(playground.problems.splice(0)).toEqual([]);
  });

  const addPhoto = (box: Partial<Box> = {}) =>
    playground.addImage(photo, { x: 0, y: 0, width: 192, height: 256, ...box }, 'Photo');
  const addCloth = () => playground.addImage(cloth, { x: -200, y: 0, width: 96, height: 96 }, 'Cloth');
  const addEllipse = (box: Box = { x: 50, y: 60, width: 90, height: 120 }) =>
    playground.standIn.evaluate(({ user }, placed) => user.addEllipse(placed), box);
  const options = async (group: string) => {
    const radios = await playground.panel.getByRole('radiogroup', { name: group }).getByRole('radio').all();
    return Promise.all(radios.map((radio) => radio.evaluate((input) => input.closest('label')?.innerText.trim())));
  };
  const heading = (name: string) => playground.panel.getByRole('heading', { name, exact: true }).waitFor();

  /** Presses the button, waits for the end, and looks at what every row must be. */
  async function make(button: string, count = VARIANTS): Promise<{ row: DrawnNode; results: DrawnNode[] }> {
    const row = await playground.start(button);
    expect((await playground.node(row)).children).toHaveLength(count);
    await playground.finish();
    return { row: await playground.node(row), results: await landed(row, count) };
  }

  async function landed(id: string, count: number): Promise<DrawnNode[]> {
    const row = await playground.node(id);
    expect(row).toMatchObject({ type: 'FRAME', isAutoLayout: true });
    expect(row.children).toHaveLength(count);
    const results = await Promise.all(row.children.map((child) => playground.node(child)));
    for (const { id: node, relaunch } of results) {
      expect(Object.keys(relaunch)).toEqual(expect.arrayContaining(['vary', 'edit']));
      expect(await playground.recipeOf(node)).toMatchObject({
        version: 1,
        server: stage.server.origin,
        passes: expect.any(Number),
      });
    }
    return results;
  }

  async function requestOf({ id }: DrawnNode): Promise<Record<string, unknown>> {
    const recipe = await playground.recipeOf(id);
    return recipe?.request ?? {};
  }

  /** Beside the source, over nothing, and said to be made from it. */
  async function expectBeside(source: string, row: DrawnNode, results: DrawnNode[]): Promise<void> {
    for (const other of await playground.topLevel()) {
      if (other.id !== row.id) expect(overlap(other.absoluteBoundingBox, row.absoluteBoundingBox)).toBe(0);
    }
    for (const { id } of results) expect(await playground.recipeOf(id)).toMatchObject({ parent: source });
  }

  it('offers to generate from words where nothing is selected', LONG, async () => {
    const { panel } = playground;
    await heading('New garment');
    await panel.getByText('Left empty, each variant is a garment of its own.').waitFor();
    await panel.getByRole('button', { name: 'red floral dress' }).click();
    const { results } = await make('Generate');
    expect(Object.keys(results[0]?.relaunch ?? {})).toContain('more');
    expect(await requestOf(results[0] as DrawnNode)).toMatchObject({ prompt: 'red floral dress', variants: VARIANTS });
    // one of them is what to go on with
    expect(await playground.standIn.evaluate(({ document }) => document.selection())).toEqual([results[0]?.id]);
    await panel.getByRole('button', { name: 'More like this' }).waitFor();
  });

  it('tells which words the model has not learned, once the pictures are there', LONG, async () => {
    const { panel } = playground;
    const words = panel.getByLabel('Describe a garment');
    await words.fill('robe rouge in red');
    await make('Generate');
    const told = 'The model doesn’t know these words, try others: “robe, rouge”';
    await panel.getByRole('listitem').filter({ hasText: told }).waitFor();
    await panel.getByRole('status').filter({ hasText: told }).waitFor();
    await playground.standIn.evaluate(({ user }) => user.select([]));
    await words.fill('');
  });

  it('surprises where nothing is asked for, and goes on from what came', LONG, async () => {
    const { panel } = playground;
    const words = panel.getByLabel('Describe a garment');
    await words.fill('');
    const { row, results } = await make('Surprise me');
    expect(row.name).toBe('Surprise me');
    const [surprise] = results as [DrawnNode, DrawnNode];
    const { prompt } = await requestOf(surprise);
    expect(prompt).toMatch(/[a-z]/i);
    expect(surprise.name).toContain(String(prompt).slice(0, 50)); // long names end in …
    await playground.press('Restore recipe');
    await heading('New garment');
    expect(await words.inputValue()).toBe(prompt);
    await panel.getByText(/More · Seed/).waitFor();
    const again = await make('Generate');
    // the seed was for that one
    expect(await panel.getByText(/More · Seed/).count()).toBe(0);
    const [one, two] = [await playground.pixelsOf(surprise.id), await playground.pixelsOf(again.results[0]?.id ?? '')];
    expect(Buffer.from(two).equals(Buffer.from(one))).toBe(true);
    const more = await make('More like this');
    expect(await requestOf(more.results[0] as DrawnNode)).toMatchObject({ prompt });
  });

  it('generates into an empty frame', LONG, async () => {
    const { panel, standIn } = playground;
    const frame = await standIn.evaluate(({ user }) => user.addFrame({ x: 0, y: 0, width: 400, height: 260 }));
    await panel.getByText('Into Frame').waitFor();
    const { row } = await make('Generate');
    expect(row.parent).toBe(frame);
  });

  describe('one picture', () => {
    it('offers to vary, edit, expand it, or to take it as a reference', LONG, async () => {
      const { panel } = playground;
      const source = await addPhoto();
      await heading('Photo');
      expect(await options('What to do with the picture')).toEqual(['Vary', 'Edit', 'Expand', 'Reference']);

      await playground.choose('What to do with the picture', 'Vary');
      const varied = await make('Make variations');
      await expectBeside(source, varied.row, varied.results);
      expect(await requestOf(varied.results[1] as DrawnNode)).toMatchObject({ vary: { strength: 0.4 } });
      expect(varied.results[0]).toMatchObject({ width: 192, height: 256 });

      await playground.select(source);
      await playground.choose('What to do with the picture', 'Edit');
      await panel.getByLabel('What should it become?').fill('light blue jeans');
      const edited = await make('Edit picture');
      await expectBeside(source, edited.row, edited.results);
      expect(await requestOf(edited.results[0] as DrawnNode)).toMatchObject({ prompt: 'light blue jeans', base: {} });

      await playground.select(source);
      await playground.choose('What to do with the picture', 'Reference');
      const referred = await make('Generate from reference');
      await expectBeside(source, referred.row, referred.results);
      expect(await requestOf(referred.results[0] as DrawnNode)).toMatchObject({ references: [{}] });

      await playground.select(source);
      await playground.choose('What to do with the picture', 'Expand');
      await panel.getByRole('button', { name: 'Set how far to expand first' }).waitFor();
      await panel.getByRole('textbox', { name: 'Right' }).fill('64');
      await panel.getByText('Becomes 256 × 256 px').waitFor();
      const grown = await make('Expand picture');
      await expectBeside(source, grown.row, grown.results);
      expect(grown.results[0]).toMatchObject({ width: 256, height: 256 });
      await panel.getByText('0 px of the original changed').first().waitFor();
    });

    it('that is cut off nowhere is expanded once, and the panel says why', LONG, async () => {
      const { panel } = playground;
      const paper = sharp({ create: { width: 192, height: 256, channels: 3, background: '#fafafa' } });
      const lying = paper.composite([{ input: Buffer.from(cloth), left: 48, top: 80 }]);
      await playground.addImage(new Uint8Array(await lying.png().toBuffer()), { x: 0, y: 0, width: 192, height: 256 });
      await playground.choose('What to do with the picture', 'Expand');
      await panel.getByRole('textbox', { name: 'Right' }).fill('64');
      const row = await playground.start('Expand picture');
      expect((await playground.node(row)).children).toHaveLength(VARIANTS);
      expect(await playground.finish()).toContain(en['job.alike']);
      await panel.getByRole('status').filter({ hasText: en['job.alike'] }).waitFor();
      await landed(row, 1);
    });

    it('is expanded by a larger frame around it', LONG, async () => {
      const { panel, standIn } = playground;
      await standIn.evaluate(({ user }) => user.addFrame({ x: -32, y: 0, width: 256, height: 256 }));
      const source = await addPhoto();
      const frame = (await playground.node(source)).parent ?? '';
      await playground.select(frame);
      await heading('Photo');
      await panel.getByText('Becomes 256 × 256 px').waitFor();
      const { results } = await make('Expand picture');
      expect(results[0]).toMatchObject({ width: 256, height: 256 });
      expect(await requestOf(results[0] as DrawnNode)).toMatchObject({
        base: { expand: { left: 32, right: 32, top: 0, bottom: 0 } },
      });
    });
  });

  it('edits inside shapes of every kind at once, or around them where they are locked', LONG, async () => {
    const { panel, standIn } = playground;
    const source = await addPhoto();
    const shapes = await standIn.evaluate(({ user }) => {
      const ellipse = user.addEllipse({ x: 20, y: 30, width: 60, height: 50 });
      const text = user.addText({ x: 30, y: 190 }, 'Toile', 40);
      const lasso = user.addPolygon([
        { x: 120, y: 40 },
        { x: 180, y: 60 },
        { x: 140, y: 110 },
      ]);
      const one = user.addRectangle({ x: 60, y: 120, width: 60, height: 40 });
      const two = user.addEllipse({ x: 90, y: 120, width: 60, height: 40 });
      const union = user.combine([one, two], 'UNION');
      return [ellipse, text, lasso, union];
    });
    await playground.select(source, ...shapes);
    await panel.getByText('4 shapes over it').waitFor();
    await panel.getByLabel('What should be there? (optional)').fill('dark green knit');
    const inside = await make('Edit inside the shapes');
    await expectBeside(source, inside.row, inside.results);
    expect(await requestOf(inside.results[0] as DrawnNode)).toMatchObject({ base: { mask: expect.any(String) } });
    await panel.getByText('0 px changed outside your shape').first().waitFor();

    await playground.select(source, ...shapes);
    await playground.catchUp();
    await panel.getByRole('checkbox', { name: 'Lock the shapes instead' }).click();
    const around = await make('Edit around the shapes');
    expect(await requestOf(around.results[0] as DrawnNode)).toMatchObject({ base: { lock: expect.any(String) } });
    await panel.getByText('0 px changed under your shape').first().waitFor();
    await playground.select(source, ...shapes);
    await playground.catchUp();
    await panel.getByRole('checkbox', { name: 'Lock the shapes instead' }).click();
  });

  it('finds the picture under a shape that is selected alone, and fills it in without words', LONG, async () => {
    const { panel } = playground;
    await addPhoto();
    await addEllipse();
    await panel.getByText('1 shape over it').waitFor();
    await panel.getByLabel('What should be there? (optional)').fill('');
    const { results } = await make('Fill in to match');
    expect(await requestOf(results[0] as DrawnNode)).not.toHaveProperty('prompt');
  });

  it('applies the pattern of a second picture, or mixes the two', LONG, async () => {
    const { panel } = playground;
    const source = await addPhoto();
    const other = await addCloth();
    await playground.select(source, other);
    await panel.getByText('with Cloth').waitFor();
    expect(await options('What to do with the two pictures')).toEqual(['Apply pattern', 'Mix']);
    await playground.choose('What to do with the two pictures', 'Apply pattern');
    await playground.choose('Repeat', 'Half drop');
    const patterned = await make('Apply pattern');
    await expectBeside(source, patterned.row, patterned.results);
    expect(await requestOf(patterned.results[0] as DrawnNode)).toMatchObject({
      references: [{ repeat: 'half-drop', scale: 1 }],
      base: { shading: 0.5 },
    });

    await playground.select(source, other);
    await playground.choose('What to do with the two pictures', 'Mix');
    await playground.choose('Steps', '3');
    const mixed = await make('Mix', 3);
    await expectBeside(source, mixed.row, mixed.results);
    expect(await requestOf(mixed.results[0] as DrawnNode)).toMatchObject({
      mix: { steps: 3, silhouette: 1, texture: 1 },
    });
  });

  it('puts a second picture’s pattern, or its own details, inside the shapes', LONG, async () => {
    const { panel } = playground;
    const source = await addPhoto();
    const other = await addCloth();
    const shape = await addEllipse();
    await playground.select(source, shape, other);
    await panel.getByText('1 shape over it, with Cloth').waitFor();
    await playground.choose('Take from Cloth', 'Its pattern');
    const patterned = await make('Edit inside the shapes');
    expect(await requestOf(patterned.results[0] as DrawnNode)).toMatchObject({
      references: [{ repeat: expect.any(String) }],
      base: { mask: expect.any(String) },
    });

    await playground.select(source, shape, other);
    await playground.choose('Take from Cloth', 'Its own details');
    const detailed = await make('Edit inside the shapes');
    expect(await requestOf(detailed.results[0] as DrawnNode)).toMatchObject({
      base: { mask: expect.any(String), tokensFrom: expect.any(String) },
    });
    await panel.getByText('0 px changed outside your shape').first().waitFor();
  });

  it.each(['frame', 'group', 'component instance', 'masked group'])(
    'takes a %s with content as one picture',
    LONG,
    async (kind) => {
      const { standIn } = playground;
      const source = await addPhoto();
      const shape = await addEllipse();
      const whole = await standIn.evaluate(
        ({ user }, { kind, ids }) => {
          if (kind === 'frame' || kind === 'component instance') {
            const frame = user.addFrame({ x: -10, y: -10, width: 212, height: 276 });
            for (const id of ids) user.moveInto(id, frame);
            if (kind === 'frame') return frame;
            return user.addInstance(user.makeComponent(frame), { x: -400, y: 0 });
          }
          // a mask covers what lies above it
          if (kind === 'masked group') user.setProperties(ids[1] ?? '', { isMask: true });
          return user.group(kind === 'group' ? ids : [...ids].reverse());
        },
        { kind, ids: [source, shape] },
      );
      await playground.select(whole);
      await heading((await playground.node(whole)).name);
      await playground.choose('What to do with the picture', 'Vary');
      const before = await playground.node(whole);
      const { row, results } = await make('Make variations');
      await expectBeside(whole, row, results);
      const { width, height } = before.absoluteBoundingBox;
      expect((results[0]?.width ?? 0) / (results[0]?.height ?? 1)).toBeCloseTo(width / height, 1);
      expect(await playground.node(whole)).toEqual(before);
    },
  );

  describe('a result', () => {
    it('offers more like it, to compare it, and its recipe, which makes the very same again', LONG, async () => {
      const { panel } = playground;
      const source = await addPhoto();
      const shape = await addEllipse();
      await playground.select(source, shape);
      await panel.getByLabel('What should be there? (optional)').fill('striped cotton t-shirt');
      const first = await make('Edit inside the shapes');
      const [result] = first.results;
      if (!result) throw new Error('nothing landed');
      await playground.select(result.id);
      await playground.catchUp();
      await panel.getByText(/^Seed \d+ · 2 passes$/).waitFor();

      await panel.getByRole('button', { name: 'Compare' }).click();
      await heading('Compare');
      for (const name of ['Before', 'After']) {
        const size = await panel.getByRole('img', { name }).evaluate(async (image) => {
          if (!(image instanceof HTMLImageElement)) return undefined;
          await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        });
        expect(size).toEqual([192, 256]);
      }
      await panel.getByRole('slider', { name: 'Share of the original shown' }).fill('20');
      await panel.getByRole('button', { name: 'Back' }).click();

      const more = await make('More like this');
      const [was, is] = [await requestOf(result), await requestOf(more.results[0] as DrawnNode)];
      expect({ ...is, seed: was['seed'] }).toEqual(was);
      expect(is['seed']).not.toBe(was['seed']);

      await playground.select(result.id);
      await playground.press('Restore recipe');
      await panel.getByText('The controls are back as they were.').waitFor();
      await playground.select(source, shape);
      const again = await make('Edit inside the shapes');
      const [one, two] = [await playground.pixelsOf(result.id), await playground.pixelsOf(again.results[0]?.id ?? '')];
      expect(Buffer.from(two).equals(Buffer.from(one))).toBe(true);

      await panel.getByRole('button', { name: 'History' }).click();
      // three jobs
      await panel.getByRole('main').getByRole('listitem').nth(2).waitFor();
      await panel.getByRole('main').getByRole('button').last().click();
      await panel.getByRole('button', { name: 'Back' }).click();
      await panel.getByRole('button', { name: 'More like this' }).waitFor();
      // the recipe's seed was for that one job
      expect(await panel.getByText(/More · Seed/).count()).toBe(0);
    });
  });

  it('lands on its own page where the designer has turned to another, whose source is gone', LONG, async () => {
    const { standIn } = playground;
    const source = await addPhoto();
    await playground.choose('What to do with the picture', 'Vary');
    const row = await playground.start('Make variations');
    const first = await standIn.evaluate(({ user, document }, id) => {
      const page = document.currentPage();
      user.remove([id]);
      user.setPage(user.addPage('Elsewhere'));
      return page;
    }, source);
    await playground.finish();
    await landed(row, VARIANTS);
    expect(await playground.topLevel()).toEqual([]);
    await standIn.evaluate(({ user }, page) => user.setPage(page), first);
    expect((await playground.topLevel()).map(({ id }) => id)).toEqual([row]);
  });

  it('says why nothing can be done, and what to do', LONG, async () => {
    const { panel } = playground;
    await addEllipse({ x: 900, y: 900, width: 50, height: 50 });
    await panel.getByText('This shape lies over no picture.').waitFor();
    const pictures = [await addPhoto(), await addPhoto({ x: 300 }), await addPhoto({ x: 600 })];
    await playground.select(...pictures);
    await panel.getByText('That is too much at once.').waitFor();
    await panel.getByText('Select one picture, two pictures, or a picture with shapes over it.').waitFor();
  });
});

function overlap(a: Box, b: Box): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, across) * Math.max(0, down);
}
