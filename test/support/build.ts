/** Builds once before the tests: the engine's child process and the command line run from dist/. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export function setup(): void {
  execFileSync(process.execPath, ['build.mjs'], { cwd: path.resolve(import.meta.dirname, '../..'), stdio: 'inherit' });
}
