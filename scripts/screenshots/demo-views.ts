import type { Worker } from '../../shared/workers.ts';
import type { DemoHistory } from '../demo/demo-history.ts';
import type { View } from './shoot.ts';

/** The views of the demonstration; without a history only their names mean something. */
export function demoViews(workers: readonly Worker[], history: DemoHistory | null): View[] {
  const id = (name: string) => workers.find((worker) => worker.name === name)?.id ?? name;
  return [
    // First, because the API's patience with it ends while the pictures are taken.
    { name: 'retry', route: `#/worker/${id('Delivery log')}/conversation` },
    { name: 'board', route: '#/board' },
    { name: 'inbox', route: '#/inbox' },
    { name: 'conversation', route: `#/worker/${id('Safe signatures')}/conversation` },
    { name: 'approval', route: `#/worker/${id('Retry tests')}/conversation` },
    { name: 'changes', route: `#/worker/${id('Safe signatures')}/changes` },
    {
      name: 'files',
      route: `#/worker/${id('Safe signatures')}/files/${encodeURIComponent('src/sign.js')}`,
      prepare: (page) => page.locator('.cm-line').getByText('createHmac').first().waitFor(),
    },
    { name: 'facts', route: `#/worker/${id('Safe signatures')}/facts` },
    { name: 'terminal', route: `#/worker/${id('Pair session')}/terminal` },
    { name: 'failed', route: `#/worker/${id('Bigger model')}/conversation` },
    { name: 'limit', route: `#/worker/${id('Receiver guide')}/conversation` },
    { name: 'health', route: `#/worker/${id('Slow receivers')}/facts` },
    { name: 'settings', route: '#/settings' },
    { name: 'permissions', route: '#/settings/permissions' },
    {
      name: 'tester',
      route: `#/settings/tester/${encodeURIComponent(`${new URLSearchParams({ tool: 'Bash', command: 'npm test && git push' })}`)}`,
      prepare: (page) => page.getByRole('region', { name: 'Decision' }).getByText('Decided by').waitFor(),
    },
    { name: 'roles', route: '#/settings/roles' },
    { name: 'role', route: '#/settings/roles/reviewer' },
    { name: 'limits', route: '#/settings/limits' },
    { name: 'audit', route: '#/settings/audit' },
    {
      name: 'new-worker',
      route: '#/board',
      prepare: async (page) => {
        await page.getByRole('button', { name: /^New/ }).first().click();
        await page.getByLabel('What should it do?').fill('Give every request to a receiver a time limit, with a test.');
        await page.getByLabel('Role').selectOption('backend');
      },
    },
    { name: 'sessions', route: '#/sessions' },
    {
      name: 'search',
      route: '#/sessions?q=secrets',
      prepare: (page) => page.getByText('Near in meaning').waitFor(),
    },
    {
      name: 'search-anywhere',
      route: '#/sessions?q=signat&mode=substring&role=assistant',
      prepare: (page) => page.getByText(/places? in/).waitFor(),
    },
    { name: 'session', route: `#/sessions/${history?.session.id}` },
    {
      name: 'compression',
      route: `#/sessions/${history?.session.id}`,
      prepare: async (page) => {
        const words = page.getByRole('article', { name: 'The session in few words' });
        if (!(await words.isVisible())) await page.getByRole('button', { name: 'Show or hide the inspector' }).click();
        await words.scrollIntoViewIfNeeded();
      },
    },
    {
      name: 'contexts',
      route: `#/sessions/${history?.session.id}`,
      prepare: async (page) => {
        await page.getByRole('button', { name: 'More', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Choose messages for a new worker' }).click();
        await page.getByRole('button', { name: 'Kept' }).click();
        await page.getByRole('menuitem', { name: 'How secrets are rotated' }).waitFor();
      },
    },
    { name: 'session-changes', route: '#/changes' },
    { name: 'trash', route: '#/changes/deleted' },
    { name: 'usage', route: '#/usage' },
    { name: 'usage-models', route: '#/usage?by=model' },
    { name: 'terminals', route: `#/terminal/${history?.terminalId}` },
    {
      name: 'sharing',
      route: `#/terminal/${history?.terminalId}`,
      prepare: async (page) => {
        const own = page.getByRole('button', { name: 'Share a view of this terminal' });
        if (await own.isVisible()) await own.click();
        else {
          await page.getByRole('button', { name: 'More for this terminal' }).first().click();
          await page.getByRole('menuitem', { name: /^Share a view/ }).click();
        }
        await page.getByRole('dialog').getByRole('listitem').first().waitFor();
      },
    },
    { name: 'shared', route: `#/shared/${history?.shareToken}`, stranger: true },
    ...[
      'port',
      'webhooks',
      'data',
      'terminals',
      'models',
      'sessions',
      'projects',
      'notifications',
      'look',
      'keys',
      'about',
    ].map((section) => ({
      name: `settings-${section}`,
      route: `#/settings/${section}`,
    })),
    {
      name: 'house',
      route: '#/health',
      prepare: (page) => page.getByRole('region', { name: 'Workers', exact: true }).waitFor(),
    },
    { name: 'alerts', route: '#/health/alerts' },
    { name: 'doctor', route: '#/doctor' },
    { name: 'logs', route: '#/logs' },
    { name: 'configuration', route: '#/settings/configuration' },
    {
      name: 'palette',
      route: '#/board',
      prepare: (page) => page.keyboard.press('ControlOrMeta+k'),
    },
  ];
}
