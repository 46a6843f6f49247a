import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import { createWorktreeFixture, type WorktreeFixture } from '../../testing/worktree-fixture.ts';
import { createScripts } from './scripts.ts';

let fixture: WorktreeFixture;
let worktree: Worktree;
let trusted: boolean;
let scripts: ReturnType<typeof createScripts>;
const titles: string[] = [];
const own = (name: string) => join(worktree.path, name);
const row = () => fixture.rows.get(worktree.id) as Worktree;

beforeAll(async () => {
  fixture = await createWorktreeFixture({ 'a.txt': 'a\n' });
  worktree = { ...(await fixture.worktree('scripted')), portBase: 21_020 };
  const get = (id: Worktree['id']): Worktree => fixture.rows.get(id) as Worktree;
  scripts = createScripts({
    worktrees: {
      find: get,
      get,
      present: get,
      keep(changed) {
        fixture.rows.set(changed.id, changed);
        return changed;
      },
    },
    now: Date.now,
    getProject: () => ({ ...fixture.project, trusted }),
    async runInTerminal({ title, commands, cwd, variables }) {
      titles.push(title);
      const child = spawn('/bin/sh', ['-ec', commands.join('\n')], {
        cwd,
        env: { PATH: process.env.PATH, ...variables },
        stdio: 'ignore',
      });
      return {
        terminalId: `tm_${titles.length}` as TerminalId,
        ended: new Promise((resolve) => child.on('exit', (code) => resolve(code))),
      };
    },
  });
});
beforeEach(() => {
  trusted = true;
  fixture.rows.set(worktree.id, worktree);
});
afterAll(() => fixture.close());

const configure = (parts: object) => writeFile(join(fixture.project.path, 'control-room.json'), JSON.stringify(parts));

test('set-up runs to its end in the worktree, with its variables; a failure names its terminal and stands on the row', async () => {
  await configure({
    setup: ['printf "$CONTROL_ROOM_PORT $CONTROL_ROOM_BRANCH" > made.txt', 'echo "$PWD" > where.txt'],
  });
  await scripts.setUp(worktree);
  expect(await readFile(own('made.txt'), 'utf8')).toBe('21020 worker/scripted');
  expect((await readFile(own('where.txt'), 'utf8')).trim()).toBe(worktree.path);
  expect(row().scripts).toMatchObject([{ kind: 'setup', state: 'done', exitCode: 0 }]);
  await configure({ setup: ['exit 3', 'touch never.txt'] });
  const refused = await scripts.setUp(row()).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ message: expect.stringContaining('exit 3') });
  const [run] = row().scripts;
  expect(run).toMatchObject({ kind: 'setup', state: 'failed', exitCode: 3, terminalId: `tm_${titles.length}` });
  expect(existsSync(own('never.txt'))).toBe(false);
});

test('scripts of a project that is not trusted do not run, and that is told', async () => {
  await configure({ setup: ['touch ran.txt'], run: ['touch ran.txt'], teardown: ['touch ran.txt'] });
  trusted = false;
  await scripts.setUp(worktree);
  await scripts.tearDown(worktree.id);
  await expect(scripts.run(worktree.id, 'run')).rejects.toThrow(/not trusted/);
  expect(existsSync(own('ran.txt'))).toBe(false);
  expect(row().notes.join()).toMatch(/not trusted/);
});

test('run starts and does not wait; teardown is awaited, and its failure hinders nothing but stands on the row', async () => {
  await configure({ run: ['echo started > run.txt'], teardown: ['echo over > down.txt', 'exit 7'] });
  expect((await scripts.run(worktree.id, 'run')).scripts).toMatchObject([{ kind: 'run' }]);
  await scripts.tearDown(worktree.id);
  expect(await readFile(own('down.txt'), 'utf8')).toBe('over\n');
  expect(row().scripts.find(({ kind }) => kind === 'teardown')).toMatchObject({ state: 'failed', exitCode: 7 });
  expect(titles.at(-1)).toBe('teardown scripted');
  await configure({});
  await expect(scripts.run(worktree.id, 'run')).rejects.toThrow(/names no run script/);
});
