/** Nothing is lost, nothing runs on unseen, and what is wrong with a connection is named with its one fix. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROTOCOL } from '../../shared/protocol.js';
import { writeDownAnnouncements } from '../support/announcements.js';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { jobsIn, waitFor, type Playground } from '../support/playground.js';
import type { Server } from '../support/server.js';

const LONG = { timeout: 240_000 };
const jobTaken = z.object({ id: z.string() });

describeInBrowser('the connection', (stage) => {
  let playground: Playground;
  afterEach(() => playground.close());

  /** A job that takes long enough for something to happen to it, under way at the server. */
  async function startLongJob(): Promise<{ row: string; job: string }> {
    await playground.panel.getByLabel('Describe a garment').fill('navy polo shirt');
    const row = await playground.start('Generate');
    let job = '';
    await waitFor(async () => {
      job = (await playground.jobOf(row)) ?? '';
      return job !== '' && (await stateOf(job)) === 'running';
    }, 'the job to run');
    return { row, job };
  }

  async function stateOf(job: string): Promise<unknown> {
    const answer = await stage.server.ask(`/v1/generations/${job}`);
    return typeof answer === 'object' && answer !== null && 'state' in answer ? answer.state : undefined;
  }

  async function closePlugin(): Promise<void> {
    const { page } = playground;
    await page.getByRole('button', { name: 'Close Toile' }).click();
    await page.locator('section.panel').waitFor({ state: 'hidden' });
  }

  async function openPlugin(): Promise<void> {
    await playground.page.getByRole('button', { name: 'Open Toile' }).click();
    await playground.wait();
  }

  /** The row is found on the canvas, since an opened plugin makes it anew, so that one undo takes it back. */
  async function expectLanded(count: number): Promise<void> {
    const [row, ...others] = await playground.topLevel();
    expect(others).toEqual([]);
    expect(row?.children).toHaveLength(count);
    for (const child of row?.children ?? []) {
      expect((await playground.pixelsOf(child)).length).toBeGreaterThan(1000);
      expect(await playground.recipeOf(child)).toMatchObject({ request: { prompt: 'navy polo shirt' } });
    }
    await playground.standIn.evaluate(({ user }) => user.undo());
    expect(await playground.topLevel()).toEqual([]);
  }

  describe('while a job runs', () => {
    beforeEach(async () => {
      playground = await stage.open({ passes: 5, variants: 3 });
    }, OPENING);

    it('outlives a server that crashes and starts again', LONG, async () => {
      const { panel } = playground;
      const { job } = await startLongJob();
      await stage.server.kill();
      await panel.getByText('No answer from the server; trying again').first().waitFor();
      await stage.server.restart();
      expect(await playground.finish()).toContain('3 pictures are on the canvas');
      expect(await stateOf(job)).toBe('done');
      await expectLanded(3);
    });

    it('is told to a screen reader by itself, without times, whatever other jobs there are', LONG, async () => {
      const { panel } = playground;
      const announcements = await writeDownAnnouncements(await playground.frame());
      const names = ['navy polo shirt', 'red dress'];
      let row = '';
      for (const words of names) {
        await panel.getByLabel('Describe a garment').fill(words);
        row = await playground.start('Generate');
      }
      await waitFor(async () => (await playground.jobOf(row)) !== undefined, 'the second job to be sent');
      await stage.server.kill();
      await jobsIn(panel).last().getByText('trying again in').waitFor();
      await stage.server.restart();
      for (const words of names) {
        await jobsIn(panel).filter({ hasText: words }).getByText('3 pictures are on the canvas').waitFor();
      }
      const heard = await announcements();
      expect(heard).toContain('red dress: No answer from the server');
      for (const words of names) expect(heard).toContain(`${words}: 3 pictures are on the canvas`);
      for (const text of heard) expect(text).toMatch(/^(navy polo shirt|red dress): (?!.*(: |\d+ (s|min)\b)).+$/);
    });

    it('lands in a plugin that was closed and opened again', LONG, async () => {
      await startLongJob();
      await closePlugin();
      await openPlugin();
      expect(await playground.finish()).toContain('3 pictures are on the canvas');
      await expectLanded(3);
      expect(playground.problems).toEqual([]);
    });

    it('was not sent before the plugin was closed: its words are there again', LONG, async () => {
      const words = playground.panel.getByLabel('Describe a garment');
      await words.pressSequentially('navy polo shirt');
      await closePlugin();
      await openPlugin();
      expect(await words.inputValue()).toBe('navy polo shirt');
      await playground.page.reload();
      await playground.wait();
      expect(await words.inputValue()).toBe('navy polo shirt');
    });

    it('lands where the plugin was closed before its server could be reached', LONG, async () => {
      const { page, panel } = playground;
      await page.route('**/v1/generations', (route) => route.abort());
      await panel.getByLabel('Describe a garment').fill('navy polo shirt');
      await playground.start('Generate');
      await panel.getByText('No answer from the server; trying again').first().waitFor();
      await closePlugin();
      await openPlugin();
      await panel.getByText('No answer from the server; trying again').first().waitFor();
      await page.unrouteAll();
      expect(await playground.finish()).toContain('3 pictures are on the canvas');
      await expectLanded(3);
    });

    it('is the same job where the plugin was closed before the server’s answer came', LONG, async () => {
      const { page, panel } = playground;
      const taken: string[] = [];
      await page.route('**/v1/generations', async (route) => {
        const answer: unknown = await (await route.fetch()).json();
        taken.push(jobTaken.parse(answer).id);
        await route.abort();
      });
      await panel.getByLabel('Describe a garment').fill('navy polo shirt');
      await playground.start('Generate');
      await waitFor(async () => taken.length > 0, 'the server to take the job');
      await closePlugin();
      await page.unrouteAll({ behavior: 'wait' });
      await openPlugin();
      expect(await playground.finish()).toContain('3 pictures are on the canvas');
      const [row] = await playground.topLevel();
      const recipes = await Promise.all((row?.children ?? []).map((id) => playground.recipeOf(id)));
      expect(new Set([...taken, ...recipes.map((recipe) => recipe?.job)])).toEqual(new Set([taken[0]]));
      await expectLanded(3);
    });

    it('lands after the page was loaded anew, from a server that was stopped meanwhile', LONG, async () => {
      const { page } = playground;
      await startLongJob();
      await stage.server.kill();
      await stage.server.restart();
      await page.reload();
      await playground.wait();
      expect(await playground.finish()).toContain('3 pictures are on the canvas');
      await expectLanded(3);
    });

    it('stops at the server when it is cancelled, and takes its row away', LONG, async () => {
      const { panel } = playground;
      const { row, job } = await startLongJob();
      await panel.getByRole('button', { name: 'Cancel navy polo shirt' }).click();
      await waitFor(async () => (await stateOf(job)) === 'cancelled', 'the server to stop the job');
      await waitFor(async () => !(await playground.topLevel()).some(({ id }) => id === row), 'the row to go');
      expect(await jobsIn(panel).allInnerTexts()).toEqual([expect.stringContaining('Cancelled')]);
      expect(playground.problems).toEqual([]);
    });

    it(
      'that was cancelled while the server was away stays so, and stops as soon as the server is back',
      LONG,
      async () => {
        const { page, panel } = playground;
        await playground.setPasses(20);
        const { row, job } = await startLongJob();
        // the server goes on, and only the way to it is cut
        await page.route('**/v1/**', (route) => route.abort());
        await panel.getByRole('button', { name: 'Cancel navy polo shirt' }).click();
        await jobsIn(panel).getByText('Cancelled. The server doesn’t know yet, and may still work on it.').waitFor();
        await waitFor(async () => !(await playground.topLevel()).some(({ id }) => id === row), 'the row to go');
        expect(await panel.getByRole('button', { name: 'Retry' }).count()).toBe(0);
        expect(await panel.getByRole('alert').count()).toBe(0);
        await page.unrouteAll();
        await waitFor(async () => (await stateOf(job)) === 'cancelled', 'the server to stop the job');
        await jobsIn(panel).getByText('Cancelled', { exact: true }).waitFor();
      },
    );

    it.each(['once it ran', 'before any answer'])(
      'that was cancelled %s while the server was away is stopped by the next opening of the plugin',
      LONG,
      async (when) => {
        const { page, panel } = playground;
        await playground.setPasses(20);
        let job = '';
        if (when === 'once it ran') ({ job } = await startLongJob());
        // what is asked for gets there, and no answer comes back; a cancel does not even get there
        await page.route('**/v1/**', async (route) => {
          if (route.request().method() === 'DELETE') return route.abort();
          const answer: unknown = await (await route.fetch()).json();
          job ||= jobTaken.safeParse(answer).data?.id ?? '';
        });
        if (job === '') {
          await panel.getByLabel('Describe a garment').fill('navy polo shirt');
          await playground.start('Generate');
          await waitFor(async () => job !== '', 'the server to take the job');
        }
        await panel.getByRole('button', { name: 'Cancel navy polo shirt' }).click();
        await waitFor(async () => (await playground.topLevel()).length === 0, 'the row to go');
        await closePlugin();
        await page.unrouteAll();
        expect(await stateOf(job)).not.toBe('cancelled');
        await openPlugin();
        await waitFor(async () => (await stateOf(job)) === 'cancelled', 'the server to stop the job');
        expect(await jobsIn(panel).count()).toBe(0);
        expect(await playground.topLevel()).toEqual([]);
      },
    );

    it('is made where a redo brings its row back', LONG, async () => {
      const { standIn, problems } = playground;
      const { row, job } = await startLongJob();
      await standIn.evaluate(({ user }) => user.undo());
      await waitFor(async () => (await stateOf(job)) === 'cancelled', 'the server to stop the job');
      await standIn.evaluate(({ user }) => user.redo());
      await waitFor(async () => ((await playground.jobOf(row)) ?? job) !== job, 'another job for the row');
      expect(await playground.finish()).toContain('3 pictures are on the canvas');
      const { children } = await playground.node(row);
      const recipes = await Promise.all(children.map((id) => playground.recipeOf(id)));
      expect(recipes.map((recipe) => recipe?.variant)).toEqual([0, 1, 2]);
      expect(problems).toEqual([]);
    });

    it('stops at the server when its row is removed from the canvas', LONG, async () => {
      const { panel, standIn } = playground;
      const { row, job } = await startLongJob();
      await standIn.evaluate(({ user }, id) => user.remove([id]), row);
      await waitFor(async () => (await stateOf(job)) === 'cancelled', 'the server to stop the job');
      await jobsIn(panel).getByText('Cancelled').waitFor();
      expect(await playground.topLevel()).toEqual([]);
      expect(playground.problems).toEqual([]);
    });
  });

  describe('when it is wrong', () => {
    beforeEach(async () => {
      await stage.server.restart();
      playground = await stage.open();
      await playground.panel.getByRole('button', { name: 'Settings' }).click();
      await playground.panel.getByText('Everything works.').waitFor({ state: 'attached' });
    }, OPENING);

    async function check(entered: { server?: string; key?: string } = {}): Promise<void> {
      const { panel } = playground;
      if (entered.server !== undefined) await panel.getByLabel('Server address').fill(entered.server);
      if (entered.key !== undefined) await panel.getByLabel('Key or token').fill(entered.key);
      await panel.getByRole('button', { name: 'Check connection' }).click();
    }

    /** The one step that is marked, what it says, and that those after it are not said to be well. */
    async function expectTrouble(step: string, fix: string): Promise<void> {
      const rows = playground.panel.getByRole('main').getByRole('listitem');
      await rows.filter({ hasText: step }).getByText(fix).waitFor();
      const bad = rows.filter({ has: playground.panel.getByRole('img', { name: 'Needs a fix' }) });
      expect(await bad.count()).toBe(1);
      expect(await bad.innerText()).toContain(step);
    }

    it('names a wrong token, a missing address, and an address that the manifest leaves out', async () => {
      await check({ key: 'nonsense' });
      await expectTrouble('Key is accepted', 'Enter the token that the server printed when it started.');
      await check({ key: stage.server.token });
      await playground.panel.getByText('Everything works.').waitFor({ state: 'attached' });
      await check({ server: 'http://localhost:1' });
      await expectTrouble('Plugin may ask it', 'Correct the address, or name it in the manifest');
      // the scheme may be left out
      await check({ server: stage.server.origin.replace('http://', '') });
      await playground.panel.getByText('Everything works.').waitFor({ state: 'attached' });
      expect(await playground.panel.getByLabel('Server address').inputValue()).toBe(stage.server.origin);
      await check({ server: '' });
      await expectTrouble('Server answers', 'Enter the server’s address, such as http://localhost:8787.');
    });

    it('names a server that is not running, another program, and one of another version', LONG, async () => {
      await stage.server.kill();
      await check();
      await expectTrouble('Server answers', 'Start the server with npm start, or correct the address.');
      const health = { ok: true, name: 'toile', version: '9.9.9' };
      await withProgram(stage.server, { text: 'hello' }, async () => {
        await check();
        await expectTrouble('Plugin may ask it', 'Check that the address is the Toile server’s own.');
      });
      await withProgram(stage.server, { text: '{"ok": "yes"}', open: true }, async () => {
        await check();
        await expectTrouble('Versions fit', 'Another program answers at this address.');
      });
      await withProgram(stage.server, { text: JSON.stringify({ ...health, protocol: 999 }), open: true }, async () => {
        await check();
        await expectTrouble('Versions fit', 'The plugin is too old for this server. Update the plugin.');
      });
      await withProgram(
        stage.server,
        { text: JSON.stringify({ ...health, protocol: PROTOCOL - 1 }), open: true },
        async () => {
          await check();
          await expectTrouble('Versions fit', 'The server is too old for this plugin. Update the server.');
        },
      );
      await stage.server.restart();
      await check({ key: stage.server.token });
      await playground.panel.getByText('Everything works.').waitFor({ state: 'attached' });
    });
  });
});

/** Something else at the server's address, which says the same to every question. */
async function withProgram(
  { origin }: Server,
  { text, open = false }: { text: string; open?: boolean },
  tests: () => Promise<void>,
): Promise<void> {
  const program = createServer((_, response) => {
    // what a browser asks for before it lets a page read the answer
    if (open) response.setHeader('access-control-allow-origin', '*');
    if (open) response.setHeader('access-control-allow-headers', 'authorization');
    response.setHeader('content-type', 'application/json');
    response.end(text);
  });
  program.listen(Number(new URL(origin).port), '127.0.0.1');
  await once(program, 'listening');
  try {
    await tests();
  } finally {
    program.closeAllConnections();
    program.close();
    await once(program, 'close');
  }
}
