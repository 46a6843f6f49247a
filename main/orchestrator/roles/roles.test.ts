import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Role, roleSchema, saveRoleInput } from '../../../shared/roles.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents } from '../events.ts';
import { builtInRoles } from './built-in-roles.ts';
import { createRoles } from './roles.ts';

let folder: string;
let database: Database;
let heard: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-roles-'));
  database = openDatabase(join(folder, 'test.db'), { durable: true });
  migrate(database);
  heard = [];
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

function rolesIn() {
  const events = createEvents({ database, now: Date.now });
  events.listen(({ type }) => heard.push(type));
  return createRoles({ database, publish: events.publish });
}

/** What the page sends to save a role. */
function inputOf(role: Role) {
  return saveRoleInput.parse(role);
}

test('the built-in roles are whole and can be saved as they are', () => {
  const roles = rolesIn();
  expect(roles.list().map(({ name }) => name)).toEqual([
    'coordinator',
    'frontend',
    'backend',
    'reviewer',
    'tester',
    'security',
    'docs',
  ]);
  for (const role of builtInRoles) {
    expect(roleSchema.parse(role)).toEqual(role);
    expect(role.prompt.length).toBeGreaterThan(300);
    expect(roles.save(inputOf(role))).toEqual(role);
  }
});

test('a built-in role that was changed says so and comes back as it was', () => {
  const roles = rolesIn();
  const reviewer = roles.get('reviewer');
  const changed = roles.save({ ...inputOf(reviewer), prompt: 'Be brief.' });
  expect(changed).toMatchObject({ builtIn: true, changed: true, prompt: 'Be brief.' });
  expect(rolesIn().get('reviewer')).toEqual(changed);
  expect(roles.remove('reviewer')).toEqual({ name: 'reviewer', restored: reviewer });
  expect(roles.get('reviewer')).toEqual(reviewer);
  expect(heard).toEqual(['role.changed', 'role.changed']);
});

test("a role of the user's own comes, is replaced and goes", () => {
  const roles = rolesIn();
  roles.save(saveRoleInput.parse({ name: 'translator', title: 'Translator', limits: { costUsd: 2 } }));
  roles.save(saveRoleInput.parse({ name: 'translator', title: 'Translator of everything' }));
  expect(roles.list().at(-1)).toMatchObject({ title: 'Translator of everything', builtIn: false, changed: false });
  expect(roles.remove('translator')).toEqual({ name: 'translator', restored: null });
  expect(roles.find('translator')).toBeUndefined();
  expect(() => roles.get('translator')).toThrow('There are: coordinator, frontend');
  expect(heard.at(-1)).toBe('role.removed');
});

test('a rule that the CLI would not understand is refused, with the list it stands in', () => {
  const input = saveRoleInput.parse({ name: 'x', title: 'X', deniedTools: ['Bash(rm -rf *'] });
  expect(() => rolesIn().save(input)).toThrow(
    expect.objectContaining({ code: 'BAD_REQUEST', details: { field: 'deniedTools', rule: 'Bash(rm -rf *' } }),
  );
});
