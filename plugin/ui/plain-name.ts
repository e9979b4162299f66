/** What a layer is called where there is little room, and where new names are made of it. */
import { tasks, type Task } from './controls.js';
import type { Recipe } from '../messages.js';

type Named = { name: string; recipe?: Recipe | undefined };

/** A result's name ends with its seed, which tells it from its neighbours on the canvas, and is told apart in the panel. */
export function plainName({ name, recipe }: Named): string {
  const seed = recipe && ` · ${recipe.seed}`;
  return seed !== undefined && name.endsWith(seed) ? name.slice(0, -seed.length) : name;
}

/** Nor what was done to it: a variation of a variation is called as the first one is. */
export function rootName(node: Named, titleOf: (task: Task) => string): string {
  const name = plainName(node);
  if (!node.recipe) return name;
  const title = tasks.map((task) => `${titleOf(task)} · `).find((start) => name.startsWith(start));
  return title === undefined ? name : name.slice(title.length);
}
