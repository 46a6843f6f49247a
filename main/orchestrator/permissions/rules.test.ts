import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import type { AppEvent } from '../../../shared/events.ts';
import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents } from '../events.ts';
import { createRules, notationsOf } from './rules.ts';

const worker = 'w_one' as WorkerId;
const other = 'w_two' as WorkerId;
const project = 'p_one' as ProjectId;

let folder: string;
let database: Database;
let heard: AppEvent[];
let at: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-rules-'));
  database = openDatabase(join(folder, 'test.db'), { durable: true });
  migrate(database);
  database.run('INSERT INTO projects (id, row) VALUES (?, ?)', project, JSON.stringify({ path: '/srv/one' }));
  for (const id of [worker, other])
    database.run(
      'INSERT INTO workers (id, row) VALUES (?, ?)',
      id,
      JSON.stringify({ projectId: project, state: 'idle' }),
    );
  heard = [];
  at = 1000;
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

function rulesIn() {
  const events = createEvents({ database, now: () => at });
  events.listen((event) => heard.push(event));
  return createRules({
    database,
    publish: events.publish,
    now: () => at++,
    getWorker(id) {
      if (id !== worker && id !== other) throw new AppError('NOT_FOUND', 'no such worker');
      return { projectId: project };
    },
    getProject(id) {
      if (id !== project) throw new AppError('NOT_FOUND', 'no such project');
    },
  });
}

const allow = { effect: 'allow', rule: 'Bash(npm test *)', scope: 'always' } as const;

test('the same rule twice is one, and another effect or scope is another', () => {
  const rules = rulesIn();
  const first = rules.add(allow, 'you');
  expect(rules.add(allow, 'somebody else')).toEqual(first);
  rules.add({ ...allow, effect: 'deny' }, 'you');
  rules.add({ ...allow, scope: 'project', projectId: project }, 'you');
  expect(rules.list()).toHaveLength(3);
  expect(heard.map(({ type }) => type)).toEqual(['rule.changed', 'rule.changed', 'rule.changed']);
});

test('a worker is under its own rules, those of its project and those for everybody', () => {
  const rules = rulesIn();
  const always = rules.add(allow, 'you');
  const forProject = rules.add({ ...allow, rule: 'Read(//srv/**)', scope: 'project', workerId: worker }, 'you');
  const session = rules.add({ ...allow, rule: 'WebSearch', scope: 'session', workerId: worker }, 'you');
  expect(forProject).toMatchObject({ workerId: null, projectId: project });
  expect(rules.forWorker({ id: worker, projectId: project })).toEqual([always, forProject, session]);
  expect(rules.forWorker({ id: other, projectId: project })).toEqual([always, forProject]);
  expect(rules.forWorker({ id: null, projectId: null })).toEqual([always]);
  expect(notationsOf(rules.list(), 'allow')).toEqual(['Bash(npm test *)', 'Read(//srv/**)', 'WebSearch']);
});

test('a rule about writing is kept as the CLI heeds it', () => {
  expect(rulesIn().add({ ...allow, effect: 'deny', rule: 'Write(dist/**)' }, 'you').rule).toBe('Edit(dist/**)');
});

test.each([
  [{ rule: 'Bash(npm test' }, 'closing bracket'],
  [{ rule: 'npm test' }, "is no tool's name"],
  [{ rule: 'bash(npm test)' }, 'Tools are written Bash'],
  [{ rule: 'WebFetch(https://example.org/a)' }, 'Write WebFetch(domain:example.org)'],
  [{ rule: 'mcp__desk__look(x)' }, 'MCP tools take no brackets'],
  [{ rule: 'Edit(../other/**)' }, 'leads upwards'],
  [{ scope: 'session' as const }, 'give workerId'],
  [{ scope: 'project' as const }, 'give projectId'],
  [{ scope: 'session' as const, workerId: 'w_none' as WorkerId }, 'no such worker'],
])('refuses %o', (change, message) => {
  const rules = rulesIn();
  expect(() => rules.add({ ...allow, ...change }, 'you')).toThrow(message);
  expect(rules.list()).toEqual([]);
});

test('counts its uses and is gone when it is removed', () => {
  const rules = rulesIn();
  const { id } = rules.add(allow, 'you');
  at = 2000;
  rules.noteUse(id);
  expect(rules.get(id)).toMatchObject({ uses: 1, lastUsedAt: 2000 });
  expect(rules.remove(id)).toEqual({ id });
  expect(() => rules.remove(id)).toThrow('There is no rule');
  expect(heard.map(({ type }) => type)).toEqual(['rule.changed', 'rule.changed', 'rule.removed']);
});

test('what goes takes its rules along, and says so', () => {
  const rules = rulesIn();
  const stays = rules.add(allow, 'you');
  rules.add({ ...allow, scope: 'session', workerId: worker }, 'you');
  rules.add({ ...allow, scope: 'project', projectId: project }, 'you');
  rules.forgetWorker(worker);
  expect(rules.list()).toHaveLength(2);
  rules.forgetProject(project);
  expect(rules.list()).toEqual([stays]);
  expect(heard.filter(({ type }) => type === 'rule.removed')).toHaveLength(2);
});
