import { flatConfigs } from '@figma/eslint-plugin-figma-plugins';
import tseslint from 'typescript-eslint';

/** Which folders a folder may not reach: plugin -> shared <- server; the engine knows no HTTP, queue or store. */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
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
    ['plugin/**/*.{ts,tsx}'],
    [{ group: ['**/server/**'], message: 'The plugin knows the server by HTTP alone.' }],
  ),
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
  {
    files: ['server/**/*.ts'],
    ignores: ['server/main.ts', 'server/store/open-store.ts', 'server/engine/**', 'server/cli/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/plugin/**'], message: 'The server does not know the plugin.' },
            {
              group: [
                '**/memory-queue.js',
                '**/redis-queue.js',
                '**/memory-limits.js',
                '**/redis-limits.js',
                '**/file-store.js',
                '**/s3-store.js',
                '**/engine-process.js',
              ],
              message: 'Only server/main names an adapter, and store/open-store those that the command line needs too.',
            },
          ],
        },
      ],
    },
  },
);
