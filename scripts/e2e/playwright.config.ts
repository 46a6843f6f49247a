import { defineConfig } from '@playwright/test';

/** Two cores, real processes: one test at a time, each with a Control Room of its own. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  // Real processes on a busy machine: a second attempt is counted and told by name, see `scripts/outcome.ts`.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  projects: [
    { name: 'browser', testDir: 'browser' },
    { name: 'desktop', testDir: 'desktop' },
  ],
});
