import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint();

describe('import directions', () => {
  it.each([
    ['shared/x.ts', '../server/config.js'],
    ['shared/x.ts', 'hono'],
    ['shared/limits.ts', 'zod'],
    ['shared/limits.ts', './request.js'],
    ['plugin/x.ts', '../server/app.js'],
    ['server/engine/x.ts', 'hono'],
    ['server/engine/x.ts', '../queue/queue.js'],
    ['server/app.ts', './queue/memory-queue.js'],
    ['server/app.ts', './queue/redis-queue.js'],
    ['server/worker.ts', './store/file-store.js'],
    ['server/worker.ts', './store/s3-store.js'],
    ['server/app.ts', './limits/redis-limits.js'],
    ['server/operations.ts', './queue/redis-engine-facts.js'],
    ['server/operations.ts', './queue/redis-link.js'],
    ['server/queue/queue.ts', './redis-jobs.js'],
    ['server/queue/redis-worker.ts', './redis-queue.js'],
    ['server/queue/redis-queue.ts', '../store/file-store.js'],
    ['server/cli/keys-command.ts', '../store/file-store.js'],
    ['server/cli/requests.ts', '../engine/engine-process.js'],
  ])('%s may not reach %s', async (filePath, target) => {
    const [result] = await eslint.lintText(`import { x } from '${target}';\nx();\n`, { filePath });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toContain('no-restricted-imports');
  });

  it.each([
    ['server/main.ts', './queue/memory-queue.js'],
    ['server/main.ts', './queue/redis-queue.js'],
    ['server/main.ts', './queue/redis-engine-facts.js'],
    ['server/store/open-store.ts', './s3-store.js'],
    ['server/queue/redis-queue.ts', './redis-link.js'],
    ['server/limits/redis-limits.ts', '../queue/redis-link.js'],
    ['server/cli/engine.ts', '../engine/engine-process.js'],
    ['server/engine/x.ts', '../../shared/index.js'],
    ['plugin/x.ts', '../shared/limits.js'],
  ])('%s may reach %s', async (filePath, target) => {
    const [result] = await eslint.lintText(`import { x } from '${target}';\nx();\n`, { filePath });
    expect(result?.messages.map(({ ruleId }) => ruleId)).not.toContain('no-restricted-imports');
  });

  it.each([
    ['of types alone', "import type { x } from '../shared/request.js';\nexport type y = x;\n", 0],
    ['of what brings the schema library along', "import { x } from '../shared/request.js';\nx();\n", 1],
  ])('the plugin takes from shared, %s', async (_, code, complaints) => {
    const [result] = await eslint.lintText(code, { filePath: 'plugin/x.ts' });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toEqual(
      Array(complaints).fill('@typescript-eslint/no-restricted-imports'),
    );
  });
});
