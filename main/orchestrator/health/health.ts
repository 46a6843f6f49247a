import type { DoctorCheck, HealthReport, HealthState } from '../../../shared/health.ts';
import { isBroken } from '../../../shared/health-status.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { answerOf, createComponents, type Probe } from './components.ts';
import { diskCheck, type MachineChecks, runMachineChecks } from './machine-checks.ts';

export type Health = ReturnType<typeof createHealth>;

/** Programs come and go with installations: they are looked for this often. */
const programsEveryMs = 600_000;
/** A look at all of them serves those who ask within this time. */
const programsSeenMs = 1000;
/** The host is asked this often, and has to answer within: a stopped one is seen after 8 s, and a busy one is not called so. */
const beatEveryMs = 4000;
const beatWithinMs = 4000;
/** Whoever asks whether we are ready gets an answer within this time, which holds for as long. */
const readyWithinMs = 1000;
const lookWithinMs = 10_000;

/** What of the machine is looked for again and again; the rest is the doctor's. */
const programs: readonly { id: string; title: string }[] = [
  { id: 'claude', title: 'Claude Code' },
  { id: 'git', title: 'git' },
  { id: 'gh', title: 'GitHub CLI' },
  { id: 'shell', title: 'Shell' },
  ...(process.platform === 'linux' ? [{ id: 'bwrap', title: 'Sandbox (bubblewrap)' }] : []),
];

/** Looks at what Control Room depends on and says what is wrong, since when, and what to do about it. */
export function createHealth(deps: {
  database: Database;
  publish: Publish;
  version: string;
  now: () => number;
  startedAt: number;
  machine: MachineChecks;
  hostPid: () => number | null;
  /** Of the disk, as it is watched all the time. */
  disk: () => DoctorCheck;
  /** Settles when the process host has answered. */
  beat: () => Promise<unknown>;
  /** What the last statement that should have been kept failed with; null when it was kept. */
  writeProblem: () => string | null;
  /** Whether all of the database was looked through since an end that was none of its own. */
  integrity: () => { unchecked: boolean; checking: boolean; lastCheck: { ok: boolean; problems: string[] } | null };
  port: () => { state: string; address: string | null; problem: string | null };
  counts: () => { live: number; messages: number };
  migrations: () => { applied: number; latest: number };
  checkEveryMs: () => number;
  /** Settles when it makes sense to look: before that much is not there yet. */
  begun: Promise<unknown>;
  /** Of services that are used where they are there, and of what other rooms of the house look after. */
  further: readonly Pick<Probe, 'id' | 'title' | 'look'>[];
  log: { warn(details: object, message: string): void };
}) {
  const { now } = deps;
  let seen: { at: number; checks: Promise<DoctorCheck[]> } | undefined;
  let asked: { at: number; answer: Promise<{ ready: boolean; reasons: string[] }> } | undefined;

  function machineChecks(): Promise<DoctorCheck[]> {
    if (!seen || now() - seen.at > programsSeenMs) seen = { at: now(), checks: runMachineChecks(deps.machine) };
    return seen.checks;
  }

  const components = createComponents({
    ...deps,
    probes: [
      { id: 'server', title: 'Port', everyMs: deps.checkEveryMs, withinMs: lookWithinMs, look: portCheck },
      { id: 'database', title: 'Database', everyMs: deps.checkEveryMs, withinMs: lookWithinMs, look: databaseCheck },
      {
        id: 'terminals',
        title: 'Process host',
        everyMs: () => Math.min(beatEveryMs, deps.checkEveryMs()),
        withinMs: beatWithinMs,
        look: hostCheck,
      },
      ...programs.map(({ id, title }) => ({
        id,
        title,
        everyMs: () => programsEveryMs,
        withinMs: lookWithinMs,
        look: async () =>
          (await machineChecks()).find((check) => check.id === id) ??
          ({ id, title, state: 'ok', detail: '', fix: null } as const),
      })),
      {
        id: 'disk',
        title: 'Disk',
        everyMs: deps.checkEveryMs,
        withinMs: lookWithinMs,
        look: diskNow,
      },
      ...deps.further.map((one) => ({ ...one, everyMs: deps.checkEveryMs, withinMs: lookWithinMs })),
    ],
  });

  /** What is watched knows that a write failed; that there is little room it says later than a look at this moment. */
  async function diskNow(): Promise<DoctorCheck> {
    const watched = deps.disk();
    return watched.state === 'error' ? watched : diskCheck(deps.machine.dataDir);
  }

  function portCheck(): DoctorCheck {
    const { state, address, problem } = deps.port();
    const check = { id: 'server', title: 'Port' } as const;
    if (state === 'failed')
      return {
        ...check,
        state: 'error',
        detail: problem ?? 'The port could not be opened.',
        fix: 'Choose another port in the settings, or end the program that holds it.',
      };
    return { ...check, state: 'ok', detail: address ?? 'closed by the settings', fix: null };
  }

  function databaseCheck(): DoctorCheck {
    const check = { id: 'database', title: 'Database' } as const;
    try {
      deps.database.get('SELECT count(*) FROM projects');
      // One that could not keep something is tried again, so that it is seen when it can.
      if (deps.writeProblem() !== null)
        deps.database.run("UPDATE health_components SET since = since WHERE id = 'status'");
      const { applied, latest } = deps.migrations();
      const { unchecked, checking, lastCheck } = deps.integrity();
      if (lastCheck?.ok === false)
        return {
          ...check,
          state: 'error',
          detail: `The database is damaged: ${lastCheck.problems[0] ?? 'it cannot be read'}`,
          fix: 'Under Backups & data, let it be set aside and the newest backup take its place. The next start does so by itself.',
        };
      const looks = unchecked
        ? checking
          ? '; being looked through after an unclean end'
          : '; not looked through yet'
        : '';
      const detail = `schema ${applied} of ${latest}, ${deps.database.path}${looks}`;
      return { ...check, state: 'ok', detail, fix: null };
    } catch (error) {
      return {
        ...check,
        state: 'error',
        detail: error instanceof Error ? error.message : String(error),
        fix: databaseFix(deps.writeProblem(), deps.database.path),
      };
    }
  }

  async function hostCheck(): Promise<DoctorCheck> {
    const check = { id: 'terminals', title: 'Process host' } as const;
    const pid = deps.hostPid();
    if (pid === null)
      return {
        ...check,
        state: 'error',
        detail: 'No host process: workers and terminals cannot start.',
        fix: 'Restart Control Room. The log says why the host ended.',
      };
    await deps.beat();
    return { ...check, state: 'ok', detail: `process ${pid}`, fix: null };
  }

  async function doctor(): Promise<{ checks: DoctorCheck[]; ranAt: number }> {
    seen = undefined;
    const [[first, ...rest], disk, ...further] = await Promise.all([
      machineChecks(),
      diskNow(),
      ...deps.further.map(async ({ look }) => look()),
    ]);
    await components.lookAt('terminals');
    const host = components.state().components.find(({ id }) => id === 'terminals');
    const machine = rest.map((check) => (check.id === 'disk' ? disk : check));
    const checks = [...(first ? [first] : []), host ?? (await hostCheck()), databaseCheck(), ...machine, ...further];
    components.take(checks.filter(({ id }) => components.state().components.some((known) => known.id === id)));
    return { checks, ranAt: now() };
  }

  /** Whether requests can be answered usefully: the state can be read and processes can be started. */
  async function askReady(): Promise<{ ready: boolean; reasons: string[] }> {
    const reasons: string[] = [];
    const database = databaseCheck();
    if (database.state === 'error') reasons.push(`${database.title}: ${database.detail}`);
    const host = await answerOf({
      id: 'terminals',
      title: 'Process host',
      withinMs: readyWithinMs,
      look: hostCheck,
    });
    if (host.state === 'error') reasons.push(`${host.title}: ${host.detail}`);
    return { ready: reasons.length === 0, reasons };
  }

  return {
    /** Begins to look, and goes on by itself. Settles after the first look at everything. */
    start: components.start,
    lookAt: components.lookAt,
    state: (): HealthState => components.state(),
    doctor,
    /** What `GET /health` answers. */
    async report(): Promise<HealthReport> {
      await deps.begun;
      await components.start();
      const state = components.state();
      const counts = deps.counts();
      return {
        status: state.status,
        since: state.since,
        checks: Object.fromEntries(
          state.components.map(({ id, state: seen }) => [id, seen === 'warning' ? 'ok' : seen]),
        ),
        reasons: state.components
          .filter(isBroken)
          .map(({ title, detail, fix }) =>
            fix && fix !== detail ? `${title}: ${detail} ${fix}` : `${title}: ${detail}`,
          ),
        components: state.components,
        uptime: Math.floor((now() - deps.startedAt) / 1000),
        timestamp: now(),
        version: deps.version,
        persistence: 'sqlite',
        agents: counts.live,
        chats: 0,
        messages: counts.messages,
        workers: counts.live,
      };
    },
    /** Whether requests can be answered usefully, asked within a second; who asks again at once gets the same answer. */
    ready(): Promise<{ ready: boolean; reasons: string[] }> {
      if (!asked || now() - asked.at > readyWithinMs) asked = { at: now(), answer: askReady() };
      return asked.answer;
    },
    close: components.close,
  };
}

function databaseFix(writeProblem: string | null, path: string): string {
  if (writeProblem === 'SQLITE_FULL') return 'Free some space on the disk; what failed can then be done again.';
  return writeProblem === null || /CORRUPT|NOTADB/.test(writeProblem)
    ? 'Stop Control Room and restore the newest copy beside the database file.'
    : `Look whether ${path} can be written to: its folder, its owner, the disk.`;
}
