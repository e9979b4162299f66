/** Builds once before the tests: the engine's child process and the command line run from dist/. */
import { execFileSync } from 'node:child_process';
import { root } from './root.js';

export function setup(): void {
  execFileSync(process.execPath, ['build.mjs'], { cwd: root, stdio: 'inherit' });
}
