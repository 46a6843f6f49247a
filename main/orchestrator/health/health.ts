import type { DoctorCheck, HealthReport } from '../../../shared/health.ts';
import type { Database } from '../database/database.ts';
import { type MachineChecks, runMachineChecks } from './machine-checks.ts';

export type Health = ReturnType<typeof createHealth>;

/** Looks at what Control Room depends on and says what is wrong and what to do about it. */
export function createHealth(deps: {
  database: Database;
  version: string;
  now: () => number;
  startedAt: number;
  machine: MachineChecks;
  hostPid: () => number | null;
  /** Of the disk, as it is watched all the time. */
  disk: () => DoctorCheck;
  counts: () => { live: number; messages: number };
  migrations: () => { applied: number; latest: number };
  /** Of a service that is used where it is there. */
  further: () => Promise<DoctorCheck>;
}) {
  function databaseCheck(): DoctorCheck {
    try {
      deps.database.get('SELECT count(*) FROM projects');
      const { applied, latest } = deps.migrations();
      return {
        id: 'database',
        title: 'Database',
        state: 'ok',
        detail: `schema ${applied} of ${latest}, ${deps.database.path}`,
        fix: null,
      };
    } catch (error) {
      return {
        id: 'database',
        title: 'Database',
        state: 'error',
        detail: error instanceof Error ? error.message : String(error),
        fix: 'Stop Control Room and restore the newest copy beside the database file.',
      };
    }
  }

  function hostCheck(): DoctorCheck {
    const pid = deps.hostPid();
    return pid === null
      ? {
          id: 'terminals',
          title: 'Process host',
          state: 'error',
          detail: 'No host process: workers and terminals cannot start.',
          fix: 'Restart Control Room. The log says why the host ended.',
        }
      : { id: 'terminals', title: 'Process host', state: 'ok', detail: `process ${pid}`, fix: null };
  }

  async function doctor(): Promise<{ checks: DoctorCheck[]; ranAt: number }> {
    const [further, [first, ...rest]] = await Promise.all([deps.further(), runMachineChecks(deps.machine)]);
    const watched = deps.disk();
    // What is watched knows that a write failed; that there is little room it says later than the look at this moment.
    const machine = rest.map((check) => (check.id === 'disk' && watched.state === 'error' ? watched : check));
    const checks = [...(first ? [first] : []), hostCheck(), databaseCheck(), ...machine, further];
    return { checks, ranAt: deps.now() };
  }

  return {
    doctor,
    /** What `GET /health` answers: unhealthy when nothing can work, degraded when workers cannot start. */
    async report(): Promise<HealthReport> {
      const { checks } = await doctor();
      const broken = checks.filter(
        ({ id, state }) => state === 'error' || (state === 'not-installed' && (id === 'claude' || id === 'git')),
      );
      const dead = broken.some(({ id }) => id === 'database' || id === 'disk');
      const counts = deps.counts();
      return {
        status: dead ? 'unhealthy' : broken.length > 0 ? 'degraded' : 'healthy',
        checks: {
          server: 'ok',
          ...Object.fromEntries(checks.map(({ id, state }) => [id, state === 'warning' ? 'ok' : state])),
        },
        reasons: broken.map(({ title, detail, fix }) =>
          fix && fix !== detail ? `${title}: ${detail} ${fix}` : `${title}: ${detail}`,
        ),
        uptime: Math.floor((deps.now() - deps.startedAt) / 1000),
        timestamp: deps.now(),
        version: deps.version,
        persistence: 'sqlite',
        agents: counts.live,
        chats: 0,
        messages: counts.messages,
        workers: counts.live,
      };
    },
    /** Whether requests can be answered usefully: the state can be read and processes can be started. */
    ready(): { ready: boolean; reasons: string[] } {
      const reasons = [databaseCheck(), hostCheck()]
        .filter(({ state }) => state === 'error')
        .map(({ title, detail }) => `${title}: ${detail}`);
      return { ready: reasons.length === 0, reasons };
    },
  };
}
