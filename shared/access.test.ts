import { expect, test } from 'vitest';
import { highestLevel, levelOf, permissionPattern, resourceOf } from './access.ts';

test.each([
  [['read:*'], 'files', 'view'],
  [['read:*', 'write:sessions'], 'sessions', 'reply'],
  [['read:*', 'write:sessions'], 'workers', 'view'],
  [['write:*'], 'files', 'reply'],
  [['write:files'], 'files', 'approve'],
  [['approve:approvals'], 'files', null],
  [['*'], 'admin', 'admin'],
  [['admin:workers', 'read:*'], 'workers', 'admin'],
  [[], 'workers', null],
] as const)('%j gives on %s: %s', (permissions, resource, level) => {
  expect(levelOf(permissions, resource)).toBe(level);
  for (const permission of permissions) expect(permission).toMatch(permissionPattern);
});

test('the highest of all is what is shown of a key', () => {
  expect([highestLevel([]), highestLevel(['read:*', 'write:files']), highestLevel(['*'])]).toEqual([
    'view',
    'approve',
    'admin',
  ]);
  expect(['/api/files/save', '/orchestrate/workers', '/health'].map(resourceOf)).toEqual([
    'files',
    'workers',
    'health',
  ]);
});
