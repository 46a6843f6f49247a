import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useStore } from '../data/store.ts';
import { approvalRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { render } from '../testing/render.tsx';
import { useNotices } from './use-notices.ts';

class Shown extends EventTarget {
  static permission = 'granted';
  static all: Shown[] = [];
  readonly title: string;
  readonly options: NotificationOptions;
  closed = false;
  constructor(title: string, options: NotificationOptions) {
    super();
    this.title = title;
    this.options = options;
    Shown.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
}

function Listener() {
  useNotices();
  return null;
}

describe('useNotices', () => {
  let page: Awaited<ReturnType<typeof render>>;
  const now = Date.now();

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    Shown.all = [];
    vi.stubGlobal('Notification', Shown);
    vi.stubGlobal('isSecureContext', true);
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
    location.hash = '#/board';
    page = await render(<Listener />, fixtureState(now));
  });
  afterEach(() => {
    page.unmount();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    location.hash = '';
  });

  const put = (part: Parameters<typeof approvalRow>[1]): Promise<void> =>
    act(async () => {
      const { rows } = useStore.getState();
      useStore.setState({
        rows: { ...rows, approvals: { ...rows.approvals, [part.id]: approvalRow(now, part) } },
      });
      await vi.advanceTimersByTimeAsync(300);
    });

  it('is silent about what waited before the page was opened, and tells of what comes up', async () => {
    await act(() => vi.advanceTimersByTimeAsync(300));
    expect(Shown.all).toEqual([]);
    await put({ id: 'a-new', workerId: 'rate-limiter', summary: 'npm test' });
    expect(Shown.all.map(({ title, options }) => [title, options.body, options.tag])).toEqual([
      ['rate-limiter asks · tideline-api', 'npm test', 'a-new'],
    ]);
  });

  it('leads to the item when it is pressed, and is taken back when the item is decided', async () => {
    await put({ id: 'a-new', workerId: 'rate-limiter' });
    Shown.all[0]?.dispatchEvent(new Event('click'));
    expect(location.hash).toBe('#/inbox/a-new');
    location.hash = '#/board';
    await put({ id: 'a-next', workerId: 'rate-limiter' });
    expect(Shown.all[1]?.closed).toBe(false);
    await put({ id: 'a-next', workerId: 'rate-limiter', state: 'denied', decidedBy: 'phone' });
    expect(Shown.all[1]?.closed).toBe(true);
  });

  it('says nothing without leave, and nothing of the worker in focus', async () => {
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    location.hash = '#/worker/rate-limiter';
    await put({ id: 'a-seen', workerId: 'rate-limiter' });
    expect(Shown.all).toEqual([]);
    Shown.permission = 'denied';
    await put({ id: 'a-other', workerId: 'log-masking' });
    expect(Shown.all).toEqual([]);
    Shown.permission = 'granted';
  });
});
