/** A quick action's parameters: what the plugin suggests for what a designer has typed. */
import type { Suggestions } from './contract.js';
import type { Session } from './session.js';

type Input = { key: string; query: string; parameters?: Record<string, unknown> };

/** Resolves once the plugin has given suggestions or an error; at once where it listens to no input. */
export function suggest({ inputs }: Session, { key, query, parameters = {} }: Input): Promise<Suggestions> {
  return new Promise((resolve) => {
    let loading: string | undefined;
    const result: SuggestionResults = {
      setSuggestions: (suggestions) =>
        resolve({
          suggestions: suggestions.map((each) =>
            typeof each === 'string'
              ? { name: each }
              : { name: each.name, ...(each.data !== undefined && { data: each.data as unknown }) },
          ),
          ...(loading !== undefined && { loading }),
        }),
      setError: (error) => resolve({ suggestions: [], error }),
      setLoadingMessage: (message) => (loading = message),
    };
    if (!inputs.has('input')) return resolve({ suggestions: [] });
    inputs.emit('input', { key, query, parameters, result });
  });
}
