/** The panel's words. */
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../shared/error.js';
import type { Figures, Reason } from '../../../plugin/ui/problem.js';
import { explain } from '../../../plugin/ui/texts/advise.js';
import { en, type Phrase } from '../../../plugin/ui/texts/en.js';
import { chooseLanguage, createSay } from '../../../plugin/ui/texts/speak.js';
import { titlesIn } from '../../../plugin/ui/texts/titles.js';
import { zh } from '../../../plugin/ui/texts/zh.js';
import { notesOn, phaseText, timeText } from '../../../plugin/ui/views/job-text.js';

const forms = (phrase: Phrase) => (typeof phrase === 'string' ? [phrase] : Object.values(phrase));
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe('the texts', () => {
  it('have the same keys in every language, in the same order', () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
  });

  it.each(Object.keys(en))('of %s have the same placeholders in every language and form', (key) => {
    const english = forms(Reflect.get(en, key));
    const chinese = forms(Reflect.get(zh, key));
    for (const text of [...english, ...chinese]) expect(placeholders(text)).toEqual(placeholders(english[0] ?? ''));
    for (const text of chinese) expect(text).not.toBe('');
  });

  it('know every error of the server that a panel can meet, with the one thing to do', () => {
    const own = ['invalid_config', 'not_found', 'cancelled'];
    for (const code of errorCodes.filter((one) => !own.includes(one))) {
      expect(Object.keys(en)).toContain(`problem.${code}`);
      expect(Object.keys(en)).toContain(`problem.${code}-do`);
    }
  });
});

describe('of a picture that is too large', () => {
  const say = createSay('en');
  const told = (code: string, figures?: Figures) => {
    const { what, todo, values, detail } = explain({ code, detail: 'said', ...(figures ? { figures } : {}) });
    return `${say(what, values)} ${say(todo, values)} ${detail}`;
  };
  const most = { maxPixels: 16_800_000, maxSide: 65_535 };

  it.each([
    [
      'pixels',
      told('image_too_large', { width: 4396, height: 4296, ...most }),
      /4396 × 4296 px, 18\.89 megapixels\. .*16\.8 megapixels at most[^.]*\. $/,
    ],
    [
      'pixels, by one',
      told('image_too_large', { width: 16_800_001, height: 1, ...most }),
      /16\.81 megapixels\. .*16\.8 megapixels at most[^.]*\. $/,
    ],
    [
      'side',
      told('image_too_large', { width: 20, height: 70_000, ...most }),
      /20 × 70000 px\. .*65535 px a side at most[^.]*\. $/,
    ],
    [
      'file',
      told('payload_too_large', { bytes: 41 * 2 ** 20, maxBytes: 32 * 2 ** 20 }),
      /has 41 MB\. .*most 32 MB\. $/,
    ],
  ])('say the limit that its %s went beyond, and its own figure', (_, text, expected) => {
    expect(text).toMatch(expected);
  });

  it.each([
    ['nothing more', undefined],
    ['half of it', { width: 4396, ...most }],
    ['nothing that is too much', { width: 4, height: 4, ...most }],
  ])('name no figure where the server has told %s', (_, figures) => {
    expect(told('image_too_large', figures)).toBe(
      `${en['problem.image_too_large']} ${en['problem.image_too_large-do']} said`,
    );
  });
});

it('of any other problem say what they say of its code, or of one that they don’t know', () => {
  expect(explain({ code: 'queue_full', detail: '', figures: { width: 1 } }).what).toBe('problem.queue_full');
  expect(explain({ code: 'moonless', detail: '' })).toMatchObject({ what: 'problem.other', todo: 'problem.other-do' });
  expect(explain({ code: 'forbidden_origin', detail: '', needs: 'key' }).todo).toBe('problem.forbidden_origin-key-do');
});

it.each([
  ['node-gone', /undo and press Retry/],
  ['row-gone', /Retry/],
  ['nothing-to-show', /undo/],
])('of what is gone from the canvas say how it comes back: %s', (code, expected) => {
  const { what, todo } = explain({ code, detail: '' });
  expect(what).toBe(`problem.${code}`);
  expect(createSay('en')(todo)).toMatch(expected);
});

describe('of a job that its server holds up', () => {
  const heldBy = (reason: Reason) =>
    phaseText({ phase: { state: 'held', ...reason, until: 4000 }, landed: 0, count: 1 }, createSay('en'), 0);

  it.each([
    ['token', en['problem.forbidden_origin-do']],
    ['key', en['problem.forbidden_origin-key-do']],
    ['host', en['problem.forbidden_origin-host-do']],
    [undefined, en['problem.forbidden_origin-do']],
  ] as const)('say what lets it in: %s', (needs, text) => {
    expect(heldBy({ code: 'forbidden_origin', ...(needs ? { needs } : {}) })).toBe(text);
  });

  it('say when the next try is, where nothing else is to be done', () => {
    expect(heldBy({ code: 'unreachable' })).toMatch(/trying again/);
    expect(heldBy({ code: 'queue_full' })).toMatch(/4 s/);
  });
});

describe('of words that the model doesn’t know', () => {
  const told = (unfamiliar: string[]) => notesOn({ landed: 1, phase: { state: 'done', unfamiliar } }, createSay('en'));

  it('ask for others, and for English ones where they are in other letters', () => {
    expect(told(['robe', 'rouge'])).toEqual(['The model doesn’t know these words, try others: “robe, rouge”']);
    expect(told(['海军蓝'])).toEqual(['The model doesn’t know this word, try another, in English: “海军蓝”']);
    expect(told(['trench', '海军蓝'])).toEqual([
      'The model doesn’t know these words, try others, in English: “trench, 海军蓝”',
    ]);
    expect(told([])).toEqual([]);
  });
});

it('say why there is but one picture where there is one', () => {
  const told = (landed: number) => notesOn({ landed, phase: { state: 'done', alike: true } }, createSay('en'));
  expect([told(1), told(0)]).toEqual([[createSay('en')('job.alike')], []]);
});

it('names a row that no words name by what its button says', () => {
  const titleOf = titlesIn(createSay('en'));
  expect([titleOf('generate'), titleOf('edit'), titleOf('vary')]).toEqual(['Surprise me', 'Edit', 'Vary']);
});

describe('saying', () => {
  it('puts values in and chooses the plural form', () => {
    const say = createSay('en');
    expect(say('job.ahead', { n: 1 })).toBe('1 job ahead');
    expect(say('job.ahead', { n: 3 })).toBe('3 jobs ahead');
    expect(say('kept.outside', { n: 0 })).toBe('0 px changed outside your shape');
    expect(createSay('zh')('job.ahead', { n: 1 })).toBe('前面有 1 个任务');
  });

  it('is not misled by values that look like placeholders or patterns', () => {
    expect(createSay('en')('subject.with', { name: '{n} $& {name}' })).toBe('with {n} $& {name}');
  });

  it('follows the browser unless told otherwise', () => {
    expect(chooseLanguage('auto', 'zh-TW')).toBe('zh');
    expect(chooseLanguage('auto', 'de')).toBe('en');
    expect(chooseLanguage('en', 'zh')).toBe('en');
  });

  it('tells times as roughly as they are known', () => {
    const say = createSay('en');
    expect([400, 4200, 23_000, 100_000].map((ms) => timeText(ms, say))).toEqual(['1 s', '4 s', '25 s', '2 min']);
  });

  it.each([
    [{ state: 'waiting', ahead: 0, until: 60_000 }, 'Next in line, done in about 30 s', 'Next in line'],
    [{ state: 'waiting', ahead: 2, until: 60_000 }, '2 jobs ahead, done in about 30 s', '2 jobs ahead'],
    [{ state: 'running', progress: 0.5, until: 60_000 }, '1 of 4 done, about 30 s left', '1 of 4 done'],
    [
      { state: 'held', code: 'unreachable', until: 60_000 },
      'No answer from the server; trying again in 30 s',
      'No answer from the server',
    ],
    [
      { state: 'held', code: 'moonless', until: 60_000 },
      'The server asks to wait; trying again in 30 s',
      'The server asks to wait',
    ],
  ] as const)('tells how a job stands, with its time and without: %j', (phase, timed, timeless) => {
    const job = { phase, landed: 1, count: 4 };
    expect(phaseText(job, createSay('en'), 30_000)).toBe(timed);
    expect(phaseText(job, createSay('en'))).toBe(timeless);
  });
});
