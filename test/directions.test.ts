import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint();

describe('import directions', () => {
  it.each([
    ['shared/x.ts', '../server/config.js'],
    ['shared/x.ts', 'hono'],
    ['plugin/x.ts', '../server/app.js'],
    ['server/engine/x.ts', 'hono'],
    ['server/engine/x.ts', '../queue/queue.js'],
    ['server/app.ts', './queue/memory-queue.js'],
    ['server/app.ts', './queue/redis-queue.js'],
    ['server/worker.ts', './store/file-store.js'],
    ['server/worker.ts', './store/s3-store.js'],
    ['server/app.ts', './limits/redis-limits.js'],
  ])('%s may not reach %s', async (filePath, target) => {
    const [result] = await eslint.lintText(`import { x } from '${target}';\nx();\n`, { filePath });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toContain('no-restricted-imports');
  });

  it.each([
    ['server/main.ts', './queue/memory-queue.js'],
    ['server/main.ts', './queue/redis-queue.js'],
    ['server/store/open-store.ts', './s3-store.js'],
    ['server/engine/x.ts', '../../shared/index.js'],
    ['plugin/x.ts', '../shared/index.js'],
  ])('%s may reach %s', async (filePath, target) => {
    const [result] = await eslint.lintText(`import { x } from '${target}';\nx();\n`, { filePath });
    expect(result?.messages.map(({ ruleId }) => ruleId)).not.toContain('no-restricted-imports');
  });
});
