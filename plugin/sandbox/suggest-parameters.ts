/** What Figma's quick actions propose while the designer types a command's parameters. */
import { MAX_VARIANTS } from '../../shared/limits.js';

const prompts = [
  'red striped t-shirt',
  'blue denim jacket',
  'long floral summer dress',
  'black leather skirt',
  'white linen shirt',
  'grey wool coat',
];

export function suggestParameters({ key, query, result }: ParameterInputEvent): void {
  const typed = query.trim();
  if (key === 'prompt') {
    const fitting = prompts.filter((prompt) => prompt.includes(typed.toLowerCase()));
    return result.setSuggestions(typed === '' ? prompts : [typed, ...fitting]);
  }
  const counts = Array.from({ length: MAX_VARIANTS }, (_, index) => String(index + 1));
  const fitting = counts.filter((count) => count.startsWith(typed));
  if (fitting.length === 0) return result.setError(`from 1 to ${MAX_VARIANTS} pictures`);
  result.setSuggestions(fitting.map((name) => ({ name, data: Number(name) })));
}

/** Of what Figma hands over, which is whatever was typed or chosen. */
export function readParameters(given: unknown): { prompt?: string; variants?: number } {
  if (typeof given !== 'object' || given === null) return {};
  const [prompt, variants]: unknown[] = [Reflect.get(given, 'prompt'), Number(Reflect.get(given, 'variants'))];
  const isCount =
    typeof variants === 'number' && Number.isInteger(variants) && variants >= 1 && variants <= MAX_VARIANTS;
  return {
    ...(typeof prompt === 'string' && prompt.trim() !== '' ? { prompt: prompt.trim() } : {}),
    ...(isCount ? { variants } : {}),
  };
}
