import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const claudeTests = '{main,scripts}/**/*.claude.test.ts';

/** Alike for all: the real CLI needs half a second to start and more beside others; a test that hangs still ends. */
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Two cores are the smallest machine this runs on: more at once only makes each slower.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...limits,
          name: 'unit',
          environment: 'node',
          include: ['{main,preload,scripts,shared}/**/*.test.ts'],
          exclude: [claudeTests],
        },
      },
      // The real `claude` against the scripted model. A second attempt is counted and told by name, see `scripts/outcome.ts`.
      { test: { ...limits, retry: 1, name: 'claude', environment: 'node', include: [claudeTests] } },
      {
        plugins: [react()],
        test: { ...limits, name: 'page', environment: 'happy-dom', include: ['renderer/**/*.test.{ts,tsx}'] },
      },
    ],
  },
});
