import type { Alert } from '../../shared/alerts.ts';
import type { Component, HealthState } from '../../shared/health.ts';

const minute = 60_000;

/** The house as it may stand: one thing is to be looked at, one is not installed. */
export function fixtureHealth(now: number): HealthState {
  const component = (id: string, title: string, detail: string, part: Partial<Component> = {}): Component => ({
    id,
    title,
    state: 'ok',
    detail,
    fix: null,
    since: now - 90 * minute,
    ...part,
  });
  return {
    status: 'healthy',
    since: now - 29 * minute,
    components: [
      component('server', 'Port', 'http://127.0.0.1:3847'),
      component('database', 'Database', 'schema 12 of 12, /home/user/.local/share/control-room/control-room.db'),
      component('terminals', 'Process host', 'process 4243'),
      component('claude', 'Claude Code', '2.1.329 at /usr/bin/claude'),
      component('git', 'git', '2.47.1'),
      component('gh', 'GitHub CLI', 'not installed; pull requests need it', {
        state: 'not-installed',
        fix: 'Install gh to get it. Everything else works without.',
      }),
      component('disk', 'Disk', '0.8 GiB free at /home/user/.local/share/control-room', {
        state: 'warning',
        fix: 'Free some space: remove worktrees that are done.',
        since: now - 7 * minute,
      }),
    ],
  };
}

/** Rules of alerts; the disk's fires. */
export function fixtureAlerts(now: number): Alert[] {
  const alert = (id: string, title: string, part: Partial<Alert> = {}): Alert => ({
    id,
    title,
    measure: 'space in use where the data is',
    unit: 'percent',
    direction: 'above',
    threshold: 90,
    forSeconds: 300,
    severity: 'warning',
    enabled: true,
    defaults: { threshold: 90, forSeconds: 300, severity: 'warning', enabled: true, notice: true, webhook: true },
    notice: true,
    webhook: true,
    own: false,
    figure: null,
    state: 'inactive',
    since: now - 90 * minute,
    value: 12,
    text: null,
    fix: 'Remove worktrees that are done, and what else is not needed on that disk.',
    place: '#/health',
    flapping: false,
    acknowledgedAt: null,
    acknowledgedBy: null,
    silencedUntil: null,
    ...part,
  });
  return [
    alert('disk', 'The disk is running full', {
      severity: 'critical',
      state: 'firing',
      since: now - 6 * minute,
      value: 94,
      text: '94 % of the disk is in use.',
    }),
    alert('memory', 'Memory is running out', { measure: 'memory of the machine in use', threshold: 80, value: 41 }),
    alert('error-rate', 'Many errors', {
      measure: 'errors a second, over five minutes',
      unit: 'per-second',
      threshold: 0.1,
      value: 0,
    }),
    alert('database', 'The database fails', {
      measure: 'the state database cannot be read or written',
      unit: 'failed',
      threshold: 0,
      forSeconds: 30,
      value: 0,
    }),
  ];
}
