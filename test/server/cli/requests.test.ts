/** What the command line says of a request that it has made. */
import { expect, it } from 'vitest';
import { describeTimes } from '../../../server/cli/requests.js';

const timings = { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0, pixelsMs: 400, totalMs: 400 };
const images = ['0.png', '1.png', '2.png', '3.png'];

it('tells the seconds that a variant took, of those that are alike once', () => {
  expect(describeTimes([{ images, timings }])).toMatch(/^0\.10 s a variant/);
  expect(describeTimes([{ images, timings, alike: true }])).toMatch(/^0\.40 s a variant .*pixels 0\.40/);
  const two = [
    { images, timings, alike: true as const },
    { images, timings },
  ];
  expect(describeTimes(two)).toMatch(/^0\.16 s a variant/);
});
