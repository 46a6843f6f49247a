import { describe, expect, it } from 'vitest';
import { hrefOf, parseRoute, type Route } from './router.ts';

describe('routes', () => {
  const routes: Route[] = [
    { view: 'board' },
    { view: 'inbox', id: null },
    { view: 'inbox', id: 'a-1' },
    { view: 'worker', id: 'w', tab: null, file: null },
    { view: 'worker', id: 'w', tab: 'changes', file: 'src/a b/ü#.ts' },
    { view: 'terminal', id: 't' },
    { view: 'terminals', wall: false },
    { view: 'terminals', wall: true },
    { view: 'recording', id: 't' },
    { view: 'settings', section: 'keys' },
    { view: 'settings', section: 'roles', item: 'reviewer' },
    { view: 'settings', section: 'tester', item: 'tool=Bash&command=cat a/b && ls #1' },
    { view: 'doctor' },
    { view: 'logs', query: 'level=warn&text=a+b' },
    { view: 'sessions', query: '' },
    { view: 'sessions', query: 'q=%22idempotency+key%22+%2F+%3F&project=p' },
    { view: 'session', id: '7c1e04b2', at: null, find: '' },
    { view: 'session', id: '7c1e04b2', at: 318, find: 'why? 100 % &c #1' },
    { view: 'usage', query: 'days=90' },
  ];
  it.each(routes)('%o can be linked and reopened', (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });

  it('knows no other places', () => {
    expect(parseRoute('')).toBeNull();
    expect(parseRoute('#/nowhere')).toBeNull();
    expect(parseRoute('#/worker')).toBeNull();
  });
});
