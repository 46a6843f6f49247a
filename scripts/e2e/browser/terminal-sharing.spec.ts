import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import type { TerminalControl } from '../../../shared/terminal-control.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** One drives, the others watch: two pages at one terminal, and one that came by a link. Real sockets, real Chromium. */

const here = browserRoom({ maxWorkers: 4 });
const contexts: BrowserContext[] = [];

test.afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

/** A page of a browser of its own, which calls itself so. */
async function device(name: string, viewport: { width: number; height: number }): Promise<Page> {
  const context = await here.browser.newContext({ viewport });
  contexts.push(context);
  await context.addInitScript((deviceName) => {
    if (!localStorage.getItem('control-room.preferences'))
      localStorage.setItem('control-room.preferences', JSON.stringify({ deviceName }));
  }, name);
  const page = await context.newPage();
  page.on('pageerror', (error) => test.info().errors.push({ message: `the page threw: ${error.message}` }));
  return page;
}

async function openTerminal(page: Page, id: string): Promise<void> {
  await page.goto(here.room.address);
  await expect(page.getByRole('link', { name: /Board/ }).first()).toBeVisible();
  await page.evaluate((to) => location.assign(`#/terminal/${to}`), id);
  await expect(page.locator(`[data-terminal-id="${id}"] .xterm-screen`)).toBeVisible();
}

const newTerminal = async (): Promise<string> =>
  (await here.room.call<{ id: string }>('POST', '/api/terminals', {})).id;
const sizeOf = async (id: string) => {
  const { cols, rows } = await here.room.call<{ cols: number; rows: number }>('GET', `/api/terminals/${id}`);
  return `${cols} × ${rows}`;
};
const rowsOf = (page: Page) => page.locator('.xterm-rows');

/** axe finds nothing serious in what the page shows; with SHARING_PICTURES it is also drawn, for eyes. */
async function seeNoFault(page: Page, name: string): Promise<void> {
  expect(await seriousFaults(page)).toEqual([]);
  const folder = process.env.SHARING_PICTURES;
  if (!folder) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, animations: 'disabled' });
  }
}

async function type(page: Page, text: string): Promise<void> {
  await page.locator('.xterm-screen').click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

test('one drives, the other watches, asks, and is given control', async () => {
  const id = await newTerminal();
  const desk = await device('Desk', { width: 1300, height: 860 });
  await openTerminal(desk, id);
  await expect(desk.getByText('You drive')).toBeVisible();
  await expect.poll(() => sizeOf(id)).not.toBe('120 × 36');
  const large = await sizeOf(id);
  await type(desk, 'echo desk-$((6*7))');
  await expect(rowsOf(desk)).toContainText('desk-42');

  const sofa = await device('Sofa', { width: 760, height: 620 });
  await openTerminal(sofa, id);
  await expect(sofa.getByText('Desk drives')).toBeVisible();
  await expect(sofa.getByText(large, { exact: true })).toBeVisible();
  await expect(desk.getByRole('button', { name: '2 have this terminal before them: who' })).toBeVisible();
  // Its letters shrink until all columns fit; the driver's size stays.
  const screen = await sofa.locator('.xterm-screen').boundingBox();
  expect(screen?.width).toBeLessThan(760);
  expect(await sizeOf(id)).toBe(large);

  // What a viewer types is not sent, and is told where it was typed.
  await type(sofa, 'echo sofa-$((1+1))');
  await expect(sofa.getByRole('alert')).toContainText('Desk drives this terminal');
  await expect(rowsOf(desk)).not.toContainText('sofa');

  await seeNoFault(sofa, 'watching');
  await sofa.getByRole('alert').getByRole('button', { name: 'Request control' }).click();
  await expect(desk.getByRole('alert')).toContainText('Sofa asks for control.');
  await seeNoFault(desk, 'asked');
  await desk.getByRole('button', { name: 'Keep it' }).click();
  await expect(sofa.getByText(/^Desk keeps control/)).toBeVisible();
  await sofa.getByRole('button', { name: 'Request control' }).first().click();
  await desk.getByRole('button', { name: 'Hand over' }).click();
  await expect(sofa.getByText('You drive')).toBeVisible();
  await expect(desk.getByText('Sofa drives', { exact: true })).toBeVisible();
  await expect.poll(() => sizeOf(id)).not.toBe(large);
  await type(sofa, 'echo sofa-$((2+2))');
  await expect(rowsOf(desk)).toContainText('sofa-4');

  // By key: back, and asked for again by the other one, who has it at once.
  await sofa.keyboard.press('Control+Alt+G');
  await expect(sofa.getByText('nobody drives')).toBeVisible();
  await type(desk, 'echo back-$((3+3))');
  await expect(desk.getByText('You drive')).toBeVisible();
  await expect.poll(() => sizeOf(id)).toBe(large);
  await expect(rowsOf(sofa)).toContainText('back-6');

  // An administrator takes it without asking; who is gone drives no more.
  await sofa.getByRole('button', { name: /have this terminal before them/ }).click();
  await sofa.getByRole('menuitem', { name: 'Take control' }).click();
  await expect(sofa.getByText('You drive')).toBeVisible();
  await sofa.close();
  await expect(desk.getByText('nobody drives')).toBeVisible();
  await type(desk, 'echo alone-$((4+4))');
  await expect(rowsOf(desk)).toContainText('alone-8');
  const { items } = await here.room.call<{ items: { action: string }[] }>(
    'GET',
    '/api/audit?action=terminals.control.',
  );
  expect(items.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['terminals.control.request', 'terminals.control.grant', 'terminals.control.take']),
  );
});

test('a link shows the terminal to one who has nothing else, until it is revoked', async () => {
  const id = await newTerminal();
  const desk = await device('Desk', { width: 1300, height: 860 });
  await openTerminal(desk, id);
  await expect(desk.getByText('You drive')).toBeVisible();
  await type(desk, 'echo before-$((6*7))');
  await expect(rowsOf(desk)).toContainText('before-42');

  await desk.getByRole('button', { name: 'Share a view of this terminal' }).click();
  const dialog = desk.getByRole('dialog', { name: /^Share a view of/ });
  await expect(dialog.getByText('None: nobody can look in from outside.')).toBeVisible();
  await dialog.getByLabel('What the link is for').fill('For the review');
  await dialog.getByLabel('and opens').selectOption({ label: 'once' });
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  expect(link).toMatch(/#\/shared\/[\w-]{43}$/);
  await expect(dialog.getByRole('listitem')).toContainText('For the review');
  await expect(dialog.getByRole('listitem')).toContainText('1 use left of 1');
  await seeNoFault(desk, 'dialog');

  // A browser of somebody else: no token, a phone's width.
  const guest = await device('', { width: 390, height: 780 });
  const asked: string[] = [];
  guest.on('request', (request) => asked.push(request.url()));
  await guest.goto(link);
  await expect(rowsOf(guest)).toContainText('before-42');
  await expect(guest.getByText('View only')).toBeVisible();
  await expect(dialog.getByRole('listitem')).toContainText('no uses left');
  await expect(dialog.getByRole('listitem')).toContainText('1 looking now');
  expect(asked.filter((url) => url.includes('/api/'))).toEqual([]);
  expect(asked.some((url) => url.includes(link.split('/').at(-1) ?? ''))).toBe(false);
  expect(await guest.evaluate(() => localStorage.getItem('control-room.token'))).toBeNull();
  await expect(guest.getByRole('link')).toHaveCount(0);
  await seeNoFault(guest, 'shared');

  await desk.keyboard.press('Escape');
  await type(desk, 'echo after-$((50+1))');
  await expect(rowsOf(guest)).toContainText('after-51');
  await type(guest, 'echo guest-$((1+1))');
  await type(desk, 'echo later-$((50+2))');
  await expect(rowsOf(guest)).toContainText('later-52');
  await expect(rowsOf(desk)).not.toContainText('guest');
  await expect(desk.getByRole('button', { name: '2 have this terminal before them: who' })).toBeVisible();
  // A page that comes back after a lost connection is no second use; another one is.
  const second = await device('', { width: 900, height: 600 });
  await second.goto(link);
  await expect(second.getByRole('heading', { name: 'This link is used up' })).toBeVisible();
  await seeNoFault(second, 'over');

  await desk.getByRole('button', { name: 'Share a view of this terminal' }).click();
  await dialog.getByRole('button', { name: 'Revoke For the review' }).click();
  await expect(guest.getByRole('heading', { name: 'This link was revoked' })).toBeVisible();
  await expect(guest.locator('.xterm')).toHaveCount(0);
  await expect(dialog.getByText('None: nobody can look in from outside.')).toBeVisible();
  await guest.goto(`${here.room.origin}/#/shared/nonsense`);
  await expect(guest.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
});

test('on a phone: terminals are in the bar, control is asked for by thumb, links are made', async () => {
  const id = await newTerminal();
  const desk = await device('Desk', { width: 1300, height: 860 });
  await openTerminal(desk, id);
  await expect(desk.getByText('You drive')).toBeVisible();
  await type(desk, 'echo desk-$((6*7))');
  await here.room.call('POST', `/api/terminals/${id}/shares`, { label: 'For the review', maxUses: 5 });
  const phone = await device('Phone in the kitchen', { width: 390, height: 844 });
  await phone.goto(here.room.address);
  await phone.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Terminals' }).click();
  await expect(phone.getByRole('heading', { name: 'Terminals' })).toBeVisible();
  await phone.evaluate((to) => location.assign(`#/terminal/${to}`), id);
  await expect(phone.getByText('Desk drives')).toBeVisible();
  await expect(rowsOf(phone)).toContainText('desk-42');
  expect(await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await seeNoFault(phone, 'phone-watching');
  await phone.getByRole('button', { name: 'Request control' }).click();
  await expect(desk.getByRole('alert')).toContainText('Phone in the kitchen asks for control.');
  await desk.getByRole('button', { name: 'Hand over' }).click();
  await expect(phone.getByText('You drive')).toBeVisible();
  await phone.getByRole('button', { name: /have this terminal before them/ }).click();
  await expect(phone.getByRole('menu')).toContainText('Desk');
  await seeNoFault(phone, 'phone-viewers');
  await phone.keyboard.press('Escape');
  await phone.getByRole('button', { name: 'Share a view of this terminal' }).click();
  await expect(phone.getByRole('dialog').getByRole('listitem')).toContainText('5 uses left of 5');
  await phone.getByRole('dialog').getByRole('button', { name: 'Make a link' }).click();
  await expect(phone.getByRole('dialog').getByRole('listitem')).toHaveCount(2);
  await seeNoFault(phone, 'phone-dialog');
});

test('how much of terminals is kept is set in the settings, and what this browser is called', async () => {
  const desk = await device('Desk', { width: 1300, height: 1100 });
  await desk.goto(here.room.address);
  await expect(desk.getByRole('link', { name: /Board/ }).first()).toBeVisible();
  await desk.evaluate(() => location.assign('#/settings/terminals'));
  const set = async (label: string, value: string): Promise<void> => {
    await desk.getByLabel(label, { exact: true }).fill(value);
    await desk.getByLabel(label, { exact: true }).press('Enter');
  };
  await set('MiB kept of each terminal', '128');
  await set('Days that an ended terminal is kept', '30');
  const values = async () => (await here.room.call<{ values: Record<string, number> }>('GET', '/api/settings')).values;
  await expect.poll(values).toMatchObject({ terminalLogMib: 128, terminalLogDays: 30 });
  await set('MiB kept of each terminal', '0');
  await expect(desk.getByText(/expected number to be >=1|Too small/i)).toBeVisible();
  await set('Name of this browser', 'Workshop');
  await seeNoFault(desk, 'settings');
  const id = await newTerminal();
  await desk.reload();
  await desk.evaluate((to) => location.assign(`#/terminal/${to}`), id);
  await expect
    .poll(async () => (await here.room.call<TerminalControl>('GET', `/api/terminals/${id}/control`)).viewers)
    .toMatchObject([{ name: 'Workshop' }]);
});
