import type { Migration } from '../migration.ts';

export const healthMetrics: Migration = {
  id: 11,
  name: 'health-metrics',
  sql: `
    /* Figures of the past, by the minute for a day and by ten minutes for four weeks. */
    CREATE TABLE metric_points (
      step_ms INTEGER NOT NULL,
      at INTEGER NOT NULL,
      until INTEGER NOT NULL,
      row TEXT NOT NULL,
      PRIMARY KEY (step_ms, at)
    ) STRICT, WITHOUT ROWID;
    /* Since when each component is as it is, over restarts. "status" is that of the whole. */
    CREATE TABLE health_components (
      id TEXT PRIMARY KEY,
      state TEXT NOT NULL,
      since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
