import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    // command-line tests start whole processes, on machines that may be busy
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    // engines of several files at once would share the same cores
    fileParallelism: false,
  },
});
