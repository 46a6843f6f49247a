import type { Page } from '@playwright/test';
import type { View } from './shoot.ts';
import type { WorktreeRoom } from './worktree-room.ts';

const difference = (page: Page) => page.getByRole('region', { name: /^Difference of/ });
const panel = (page: Page) => page.getByRole('complementary', { name: 'Deliver' });

/** Shows the difference in one column or two, where there is room for a choice. */
async function look(page: Page, name: 'Split' | 'Unified'): Promise<void> {
  const choice = page.getByRole('radio', { name });
  if (await choice.isVisible()) await choice.click();
}

async function deliver(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  if (!(await panel(page).isVisible())) await page.getByRole('button', { name: /^Deliver/ }).click();
  await panel(page)
    .getByText(/Dry run:|cannot be joined|lacks\.|half way|Archive the worktree/)
    .first()
    .waitFor();
}

/** Leaves the difference the whole width again. */
async function alone(page: Page): Promise<void> {
  if (await panel(page).isVisible()) await panel(page).getByRole('button', { name: 'Close' }).click();
}

/** The views of worktrees; without a room only their names mean something. */
export function worktreeViews(here: WorktreeRoom | null): View[] {
  const review = (name: string, file?: string, scope?: string): string => {
    const query = new URLSearchParams({ ...(scope ? { scope } : {}), ...(file ? { file } : {}) });
    return `#/review/${here?.worktree(name)}?${query}`;
  };
  const delivery = (name: string, of: string, file?: string): View => ({
    name,
    route: review(of, file),
    prepare: deliver,
  });
  const checkpoints = `#/worker/${here?.worker('Secret rotation')}/checkpoints`;
  const turn = (page: Page) => page.getByRole('listitem').filter({ hasText: 'turn 2' });
  return [
    {
      name: 'review',
      route: review('Secret rotation', 'src/sign.js'),
      async prepare(page) {
        await alone(page);
        await difference(page).getByText('createHmac').first().waitFor();
        await look(page, 'Split');
      },
    },
    {
      name: 'review-unified',
      route: review('Secret rotation', 'src/deliver.js'),
      async prepare(page) {
        await alone(page);
        await difference(page).getByText('signAll').first().waitFor();
        await look(page, 'Unified');
      },
    },
    {
      name: 'review-comment',
      route: review('Secret rotation', 'src/sign.js', 'unstaged'),
      async prepare(page) {
        await page.evaluate((to) => location.replace(to), review('Secret rotation', 'src/sign.js'));
        await difference(page).getByText('createHmac').first().waitFor();
        await look(page, 'Split');
        await page.keyboard.press('n');
        await page.keyboard.press('Shift+j');
        await page.keyboard.press('c');
        await page.keyboard.type('Say in the comment above what a receiver has to do with two of them.');
      },
    },
    {
      name: 'review-turns',
      route: review('Secret rotation', 'src/retry.js', 'checkpoint'),
      prepare: (page) => page.getByRole('region', { name: 'Turns' }).waitFor(),
    },
    {
      name: 'review-picture',
      route: review('Fresh look', 'assets/logo.png'),
      prepare: (page) => page.getByRole('img', { name: /logo/ }).first().waitFor(),
    },
    {
      name: 'review-binary',
      route: review('Fresh look', 'assets/receivers.bin'),
      prepare: (page) => page.getByText(/binary file/).waitFor(),
    },
    {
      name: 'review-large',
      route: review('Fresh look', 'data/one-line.json'),
      prepare: (page) =>
        page
          .getByText(/large file/i)
          .first()
          .waitFor(),
    },
    {
      name: 'review-empty',
      route: review('Changelog'),
      prepare: (page) =>
        page
          .getByText(/Nothing/)
          .first()
          .waitFor(),
    },
    {
      name: 'review-conflict',
      route: review('Constant time', 'src/sign.js'),
      prepare: (page) => page.getByText(/Conflicts with main/).waitFor(),
    },
    delivery('deliver', 'Secret rotation', 'src/retry.js'),
    delivery('deliver-nothing', 'Changelog'),
    delivery('deliver-conflict', 'Constant time', 'src/sign.js'),
    delivery('deliver-half-way', 'Signature header', 'src/sign.js'),
    {
      ...delivery('deliver-pull-request', 'Time limits', 'src/deliver.js'),
      async prepare(page) {
        await deliver(page);
        await panel(page).getByRole('list', { name: 'Checks' }).waitFor();
      },
    },
    delivery('deliver-merged', 'Receiver guide', 'docs/receivers.md'),
    delivery('deliver-no-remote', 'Meeting notes', 'README.md'),
    {
      ...delivery('deliver-no-gh', 'Constant time', 'src/sign.js'),
      async prepare(page) {
        await here?.withGh(false);
        await page.reload();
        await deliver(page);
        await panel(page)
          .getByText(/not installed/)
          .waitFor();
      },
      after: () => here?.withGh(true) ?? Promise.resolve(),
    },
    {
      name: 'checkpoints',
      route: checkpoints,
      prepare: (page) => turn(page).first().waitFor(),
    },
    {
      name: 'checkpoint-rewind',
      route: checkpoints,
      async prepare(page) {
        await turn(page).getByRole('button', { name: 'Rewind' }).click();
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'checkpoint-fork',
      route: checkpoints,
      async prepare(page) {
        await turn(page).getByRole('button', { name: 'Fork' }).click();
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'overlaps',
      route: '#/overlaps',
      async prepare(page) {
        const order = page.getByRole('region', { name: 'Merge order' }).first();
        const run = order.getByRole('button', { name: 'Dry run of this order' });
        await run.click();
        // It says something else while it runs.
        await run.waitFor();
        await page.getByRole('heading', { name: 'webhooks' }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: 'disk',
      route: '#/disk',
      async prepare(page) {
        await page.getByRole('list', { name: 'Worktrees' }).getByText('build output').first().waitFor();
        await page.getByRole('button', { name: 'Look', exact: true }).click();
        await page.getByRole('list', { name: /finding/ }).waitFor();
        await page.getByRole('region', { name: 'Space' }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: 'disk-repair',
      route: '#/disk',
      async prepare(page) {
        await page.getByRole('list', { name: /finding/ }).scrollIntoViewIfNeeded();
        await page
          .getByRole('list', { name: /finding/ })
          .getByRole('listitem')
          .last()
          .scrollIntoViewIfNeeded();
      },
    },
    {
      name: 'disk-clean-up',
      route: '#/disk',
      async prepare(page) {
        await page.getByRole('button', { name: /^Choose the/ }).click();
        await page.getByRole('button', { name: /^Remove .* worktrees?/ }).click();
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'settings-worktrees',
      route: '#/settings/worktrees',
      prepare: (page) => page.getByRole('region', { name: 'webhooks' }).getByText('.worktreeinclude').waitFor(),
    },
    {
      name: 'new-worker-worktree',
      route: '#/board',
      async prepare(page) {
        await page.getByRole('button', { name: /^New/ }).first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Project').selectOption('webhooks');
        await dialog
          .getByLabel('What should it do?')
          .fill('Give every request to a receiver a time limit in src/deliver.js.');
        await dialog.getByText('not merged yet').waitFor();
      },
    },
  ];
}
