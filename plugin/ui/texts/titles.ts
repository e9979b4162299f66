/** What rows are named after where no words name them. */
import { tasks, type Task } from '../controls.js';
import type { Say } from './speak.js';

export function titlesIn(say: Say): (task: Task) => string {
  const titles = new Map(tasks.map((task) => [task, say(`task.${task}`)]));
  // where the shapes are is no part of a name
  titles.set('edit', say('task.words'));
  titles.set('generate', say('go.surprise'));
  return (task) => titles.get(task) ?? task;
}
