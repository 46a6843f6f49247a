import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{main,shared,renderer,scripts}/**/*.test.{ts,tsx}'],
    // The real CLI needs half a second to start and more beside others; a test that hangs still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more at once only makes each slower.
    maxWorkers: 2,
    pool: 'forks',
  },
});
