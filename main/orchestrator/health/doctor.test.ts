import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorFinding, DoctorProgress } from '../../../shared/doctor.ts';
import { closeToOthers, houseLooks } from './house-looks.ts';
import { programLooks } from './program-looks.ts';
import { type DoctorLook, runChecks } from './run-checks.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function findingsOf(run: AsyncIterable<DoctorProgress>): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for await (const progress of run) if (progress.type === 'found') findings.push(progress.finding);
  return findings;
}

const look = (id: string, found: DoctorLook['look']): DoctorLook => ({ id, title: id, group: 'machine', look: found });

test('a look that hangs or breaks is a finding, and holds no other up', async () => {
  let cut = false;
  const looks = [
    look('hangs', (signal) => {
      signal.addEventListener('abort', () => {
        cut = true;
      });
      return new Promise(() => undefined);
    }),
    look('breaks', () => {
      throw new Error('no such thing');
    }),
    look('well', () => ({ state: 'ok', detail: 'fine' })),
  ];
  const own: DoctorFinding = {
    id: 'own',
    title: 'own',
    group: 'house',
    state: 'ok',
    detail: '',
    fix: null,
    actions: [],
    tookMs: 0,
  };
  const findings = await findingsOf(runChecks(looks, { now: Date.now, withinMs: 50, further: Promise.resolve([own]) }));
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  expect([...byId.keys()].sort()).toEqual(['breaks', 'hangs', 'own', 'well']);
  expect(byId.get('hangs')).toMatchObject({ state: 'warning', detail: 'no answer within 0.05 s' });
  expect(byId.get('breaks')).toMatchObject({ state: 'warning', detail: expect.stringContaining('no such thing') });
  expect(byId.get('well')).toMatchObject({ state: 'ok', fix: null, actions: [] });
  expect(findings.at(-1)?.id).toBe('hangs');
  expect(cut).toBe(true);
});

test('whoever cancels is let go at once, and the looks end', async () => {
  const ended = new AbortController();
  let cut: () => void = () => undefined;
  const isCut = new Promise<void>((resolve) => {
    cut = resolve;
  });
  const looks = [
    look('hangs', (signal) => {
      signal.addEventListener('abort', () => cut());
      return new Promise(() => undefined);
    }),
  ];
  const run = runChecks(looks, { now: Date.now, signal: ended.signal });
  expect((await run.next()).value).toMatchObject({ type: 'begins', checks: [{ id: 'hangs' }] });
  const next = run.next();
  ended.abort();
  expect((await next).done).toBe(true);
  await isCut;
});

const houseFindings = async (dataDir: string, port = 0) => {
  const looks = houseLooks({
    dataDir,
    databasePath: join(dataDir, 'control-room.db'),
    worktreesDir: join(dataDir, 'worktrees'),
    port: { host: '127.0.0.1', port },
    listening: () => null,
  });
  return new Map((await findingsOf(runChecks(looks, { now: Date.now }))).map((one) => [one.id, one]));
};

test('a folder that is not there yet is well, one that others can read is told and can be closed, no database is told', async () => {
  expect(
    Object.fromEntries([...(await houseFindings(join(folder, 'new')))].map(([id, { state }]) => [id, state])),
  ).toEqual({
    permissions: 'ok',
    disk: 'ok',
    'database-file': 'ok',
    port: 'ok',
  });
  const open = join(folder, 'open');
  await mkdir(open);
  await chmod(open, 0o755);
  await writeFile(join(open, 'token'), 'x', { mode: 0o644 });
  await writeFile(join(open, 'control-room.db'), 'not a database at all');
  const found = await houseFindings(open);
  expect(found.get('permissions')).toMatchObject({
    state: 'warning',
    detail: `others can read ${open}, token`,
    actions: [{ kind: 'fix', fix: 'permissions' }, { kind: 'copy' }],
  });
  expect(found.get('database-file')).toMatchObject({
    state: 'error',
    detail: expect.stringContaining('is no database'),
  });
  expect(await closeToOthers(open)).toContain('for this user alone');
  expect([(await stat(open)).mode & 0o777, (await stat(join(open, 'token'))).mode & 0o777]).toEqual([0o700, 0o600]);
  expect((await houseFindings(open)).get('permissions')?.state).toBe('ok');
});

test('a port that somebody holds is told with the holder and what can be done', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    const found = (await houseFindings(folder, port)).get('port');
    expect(found).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining(`${port} on 127.0.0.1 is taken by`),
    });
    expect(found?.actions[0]).toMatchObject({ kind: 'settings', section: 'port' });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('programs that are missing are told with how to get them, and nothing is thrown', async () => {
  const environment = { PATH: join(folder, 'empty'), HOME: folder, SHELL: '/nonexistent/shell' };
  const looks = programLooks({
    claude: {
      look: async () => ({ path: null, version: null, problem: 'claude was not found', problemCode: 'NOT_INSTALLED' }),
    },
    environment,
    workerEnvironment: environment,
  });
  const findings = new Map((await findingsOf(runChecks(looks, { now: Date.now }))).map((one) => [one.id, one]));
  expect(Object.fromEntries([...findings].map(([id, { state }]) => [id, state]))).toEqual({
    runtime: 'ok',
    claude: 'not-installed',
    'claude-login': 'warning',
    git: 'not-installed',
    gh: 'not-installed',
    shell: 'error',
    tmux: 'not-installed',
  });
  expect(findings.get('claude')?.actions).toMatchObject([{ text: 'npm install -g @anthropic-ai/claude-code' }]);
});
