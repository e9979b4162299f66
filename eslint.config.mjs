import { flatConfigs } from '@figma/eslint-plugin-figma-plugins';
import tseslint from 'typescript-eslint';

/** Which folders a folder may not reach: plugin -> shared <- server; the engine knows no HTTP, queue or store. */
const forbid = (files, patterns, rest = {}) => ({
  files,
  ...rest,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

/** Files of shared that the plugin takes along. */
const plain = ['limits', 'progress', 'protocol'];

/** What stands behind a seam. */
const adapters = [
  '**/memory-queue.js',
  '**/redis-queue.js',
  '**/redis-engine-facts.js',
  '**/memory-limits.js',
  '**/redis-limits.js',
  '**/file-store.js',
  '**/s3-store.js',
  '**/engine-process.js',
  '**/engine-pool.js',
];
/** What those over Redis have in common, and nobody else needs. */
const partsOfRedis = ['**/redis-link.js', '**/redis-jobs.js', '**/redis-worker.js', '**/redis-scripts.js'];
const overRedis = ['server/queue/redis-*.ts', 'server/limits/redis-*.ts'];

const noPlugin = { group: ['**/plugin/**'], message: 'The server does not know the plugin.' };
/**
 * The command line is a program beside the server and starts by itself: cli/engine is to it what main is to the server,
 * and with open-store the two agree on where pictures and keys lie.
 */
const noAdapter = (group) => ({
  group,
  message: 'Only server/main names an adapter, cli/engine its engine, and store/open-store the stores of both.',
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'models', '.venv', '.toile', 'out', 'test/fixtures'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  forbid(
    ['shared/**/*.ts'],
    [{ regex: '^(?!\\./|zod)', message: 'shared imports nothing but zod and its own files.' }],
  ),
  forbid(
    plain.map((name) => `shared/${name}.ts`),
    [{ regex: '', message: 'The plugin reads it: it imports nothing.' }],
  ),
  forbid(
    ['plugin/**/*.{ts,tsx}'],
    [{ group: ['**/server/**'], message: 'The plugin knows the server by HTTP alone.' }],
  ),
  {
    files: ['plugin/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `/shared/(?!(${plain.join('|')})\\.js$)`,
              allowTypeImports: true,
              message: 'Types alone, or what imports nothing: the rest would bring the whole schema library along.',
            },
          ],
        },
      ],
    },
  },
  {
    // Figma's own rules for what runs in its sandbox; they ask the type checker what a call is made on
    ...flatConfigs.recommended,
    files: ['plugin/main.ts', 'plugin/sandbox/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
  forbid(
    ['server/engine/**/*.ts'],
    [
      {
        group: ['hono', 'hono/*', '@hono/*', '**/app.js', '**/queue/**', '**/store/**', '**/cli/**', '**/plugin/**'],
        message: 'The engine knows nothing of HTTP, queues or stores.',
      },
    ],
  ),
  forbid(['server/**/*.ts'], [noPlugin, noAdapter([...adapters, ...partsOfRedis])], {
    ignores: ['server/main.ts', 'server/store/open-store.ts', 'server/cli/engine.ts', ...overRedis, 'server/engine/**'],
  }),
  forbid(overRedis, [noPlugin, noAdapter(adapters)]),
);
