/** Quick actions: what is proposed, and what is made of what was typed. */
import { expect, test } from 'vitest';
import { readParameters, suggestParameters } from '../../../plugin/sandbox/suggest-parameters.js';

function suggest(key: string, query: string) {
  const said: { suggestions?: unknown[]; error?: string } = {};
  suggestParameters({
    key,
    query,
    parameters: {},
    result: {
      setSuggestions: (suggestions) => void (said.suggestions = suggestions),
      setError: (error) => void (said.error = error),
      setLoadingMessage: () => undefined,
    },
  });
  return said;
}

test('an empty prompt is answered by examples, a typed one comes first', () => {
  expect(suggest('prompt', '').suggestions).toContain('red striped t-shirt');
  expect(suggest('prompt', ' Denim').suggestions).toEqual(['Denim', 'blue denim jacket']);
});

test('one to eight variants are proposed, and other numbers refused with the valid ones', () => {
  expect(suggest('variants', '').suggestions).toHaveLength(8);
  expect(suggest('variants', '3').suggestions).toEqual([{ name: '3', data: 3 }]);
  expect(suggest('variants', '12').error).toContain('1 to 8');
});

test('parameters are what was chosen, and nothing where they are none', () => {
  expect(readParameters({ prompt: ' blue jeans ', variants: 4 })).toEqual({ prompt: 'blue jeans', variants: 4 });
  expect(readParameters({ prompt: '', variants: '3' })).toEqual({ variants: 3 });
  expect(readParameters({ variants: 'many' })).toEqual({});
  expect(readParameters(undefined)).toEqual({});
});
