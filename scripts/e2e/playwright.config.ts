import { defineConfig } from '@playwright/test';

/** Each file has a Control Room of its own. Two cores: two files side by side in Chromium, whose tests mostly wait; one window of the app at a time, which needs the display and the focus for itself. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  // Real processes on a busy machine: a second attempt is counted and told by name, see `scripts/outcome.ts`.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  projects: [
    { name: 'browser', testDir: 'browser' },
    { name: 'desktop', testDir: 'desktop', workers: 1 },
  ],
});
