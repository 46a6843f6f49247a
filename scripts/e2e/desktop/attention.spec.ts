import { expect, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import type { Worker } from '../../../shared/workers.ts';
import { createDesktopRoom, type DesktopRoom, type DesktopRun } from './desktop-room.ts';

/** Notifications, badge and tray of the desktop app, as the system is given them. */

let room: DesktopRoom;
let run: DesktopRun;
let origin: string;
let token: string;
let projectId: string;

/** What a test sees of the system's side. */
interface Recorded {
  shown: {
    title: string;
    body: string;
    actions: { text?: string }[];
    closed: boolean;
    emit(name: string, ...rest: unknown[]): boolean;
  }[];
  badges: number[];
  trayLabels: string[];
  clickTray(id: string): void;
}

test.beforeAll(async () => {
  room = await createDesktopRoom();
  run = await room.start('--port', '0');
  await recordWhatIsShown();
  const address = new URL(await run.address());
  origin = address.origin;
  token = decodeURIComponent(address.hash.replace('#token=', ''));
  projectId = (await call<{ id: string }>('POST', '/api/projects', { path: room.repository })).id;
});

/** No notification service and no tray stand ready on a display for tests: what the app hands them is recorded instead. */
async function recordWhatIsShown(): Promise<void> {
  await run.app.evaluate(({ app, Notification, Tray, BrowserWindow }) => {
    const recorded = {
      shown: [] as unknown[],
      badges: [] as number[],
      trayLabels: [] as string[],
    } as unknown as Recorded;
    Object.assign(globalThis, { recorded });
    Notification.isSupported = () => true;
    Notification.prototype.show = function show(this: Electron.Notification) {
      recorded.shown.push(Object.assign(this, { closed: false }) as unknown as Recorded['shown'][number]);
    };
    Notification.prototype.close = function close(this: Electron.Notification) {
      Object.assign(this, { closed: true });
    };
    app.setBadgeCount = (count = 0) => {
      recorded.badges.push(count);
      return true;
    };
    Tray.prototype.setContextMenu = (menu) => {
      recorded.trayLabels = menu?.items.map(({ label }) => label) ?? [];
      recorded.clickTray = (id) => menu?.getMenuItemById(id)?.click();
    };
    BrowserWindow.getAllWindows()[0]?.blur();
  });
}

test.afterAll(async () => {
  await room?.close();
});

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const spawn = (name: string) =>
  call<Worker>('POST', '/api/workers', {
    projectId,
    name,
    prompt: script([
      { tools: [{ name: 'Bash', input: { command: `touch ${name}.txt`, description: 'Needed' } }] },
      { text: 'It ran.' },
    ]),
  });

const shown = () =>
  run.app.evaluate(() =>
    (globalThis as unknown as { recorded: Recorded }).recorded.shown.map(({ title, body, actions, closed }) => ({
      title,
      body,
      actions: actions.map(({ text }) => text),
      closed,
    })),
  );
const press = (index: number, name: string, ...rest: unknown[]) =>
  run.app.evaluate(
    (_electron, [at, event, more]) =>
      (globalThis as unknown as { recorded: Recorded }).recorded.shown[at]?.emit(event, ...more),
    [index, name, rest] as const,
  );
const badge = () =>
  run.app.evaluate(() => (globalThis as unknown as { recorded: Recorded }).recorded.badges.at(-1) ?? null);
const tray = () => run.app.evaluate(() => (globalThis as unknown as { recorded: Recorded }).recorded.trayLabels);

test('a request notifies with its worker, project and command, counts, and stands in the tray', async () => {
  await spawn('loud');
  await expect
    .poll(shown)
    .toEqual([{ title: 'loud asks · sample', body: 'touch loud.txt', actions: ['Allow', 'Deny'], closed: false }]);
  await expect.poll(badge).toBe(1);
  await expect.poll(tray).toEqual(expect.arrayContaining(['1 waits for you', 'loud: touch loud.txt']));
});

test('a press leads to the item; its action decides it, and everything is calm again', async () => {
  await press(0, 'click', {});
  await expect(run.page).toHaveURL(/#\/inbox\/a_/);
  await expect(run.page.getByRole('heading', { name: 'Run this command?' })).toBeVisible();
  await press(0, 'action', { actionIndex: 0 }, 0, -1);
  await expect(run.page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  await expect.poll(badge).toBe(0);
  await expect.poll(tray).toContain('Nothing waits for you');
  const { items } = await call<{ items: { decidedBy: string; decidedFrom: string; state: string }[] }>(
    'GET',
    '/api/approvals',
  );
  expect(items).toMatchObject([{ state: 'allowed', decidedBy: 'you', decidedFrom: 'desktop notification' }]);
});

test('a line of the tray opens its item; a badge that is not wanted is taken away', async () => {
  await run.page.evaluate(() => location.assign('#/board'));
  const { id } = await spawn('quiet');
  await expect.poll(tray).toContain('quiet: touch quiet.txt');
  const [waiting] = (await call<{ items: { id: string; workerId: string }[] }>('GET', '/api/inbox')).items;
  expect(waiting?.workerId).toBe(id);
  await run.app.evaluate(
    (_electron, item) => (globalThis as unknown as { recorded: Recorded }).recorded.clickTray(item),
    `item:${waiting?.id}`,
  );
  await expect(run.page).toHaveURL(new RegExp(`#/inbox/${waiting?.id}$`));
  await expect.poll(badge).toBe(1);
  await call('PATCH', '/api/settings', {
    notifications: { requests: true, troubles: true, finished: false, sound: false, badge: false },
  });
  await expect.poll(badge).toBe(0);
});
