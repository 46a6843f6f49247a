import { expect, test } from 'vitest';
import { createRouteNames } from './route-names.ts';

test('a request is named by its route, exact parts before such that may be anything', () => {
  const nameOf = createRouteNames();
  expect(nameOf('/api/workers')).toBe('/api/workers');
  expect(nameOf('/api/workers/w-1')).toBe('/api/workers/{id}');
  expect(nameOf('/api/workers/resources')).toBe('/api/workers/resources');
  expect(nameOf('/api/workers/w-1/messages')).toBe('/api/workers/{id}/messages');
  expect(nameOf('/api/workers/w-1/nothing')).toBe('(none)');
  expect(nameOf('/api/<script>')).toBe('(none)');
});
