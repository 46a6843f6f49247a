import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { pinnedClaude } from '../main/testing/temporary-home.ts';
import { build, isBuilt } from './build.ts';
import { fillHistory } from './demo/demo-history.ts';
import { demoSettled, startDemoRoom } from './demo/demo-room.ts';
import { chromiumFlags, findChromium } from './find-chromium.ts';
import { repositoryFolder } from './repository-folder.ts';
import { demoViews } from './screenshots/demo-views.ts';
import { shoot, type View } from './screenshots/shoot.ts';
import { startWorktreeRoom } from './screenshots/worktree-room.ts';
import { worktreeViews } from './screenshots/worktree-views.ts';

/**
 * Pictures of every view, dark, light and on a phone, in docs/screenshots: of the demonstration, and of a room whose
 * worktrees stand in every state of review and delivery. `npm run screenshots [NAME...]` draws only these views, a
 * name that ends with `-` all that begin with it.
 */

const folder = join(repositoryFolder, 'docs', 'screenshots');
const names = process.argv.slice(2);
const isWanted = ({ name }: Pick<View, 'name'>): boolean =>
  names.length === 0 || names.some((one) => (one.endsWith('-') ? name.startsWith(one) : name === one));

async function demonstration(browser: Browser, claude: string): Promise<number> {
  // Nothing of it is asked for: it is not started.
  if (!demoViews([], null).some(isWanted)) return 0;
  const room = await startDemoRoom({ claude });
  try {
    const workers = await demoSettled(room);
    const history = await fillHistory(room, workers[0]?.projectId ?? '');
    try {
      return await shoot(browser, room, {
        views: demoViews(workers, history).filter(isWanted),
        folder,
        ready: 'Retry tests',
      });
    } finally {
      await history.close();
    }
  } finally {
    await room.close();
  }
}

async function worktrees(browser: Browser, claude: string): Promise<number> {
  if (!worktreeViews(null).some(isWanted)) return 0;
  const here = await startWorktreeRoom(claude);
  try {
    return await shoot(browser, here.room, {
      views: worktreeViews(here).filter(isWanted),
      folder,
      ready: 'Board',
    });
  } finally {
    await here.close();
  }
}

const executablePath = await findChromium();
if (!executablePath) {
  console.error('No Chromium: apt-get install chromium, or name one in CHROMIUM_PATH.');
  process.exit(1);
}
if (!(await isBuilt())) {
  const problems = await build();
  if (problems) {
    console.error(problems);
    process.exit(1);
  }
}
await mkdir(folder, { recursive: true });
// The pictures name no folder of the machine they are drawn on.
const programs = await mkdtemp(join(tmpdir(), 'control-room-bin-'));
const claude = join(programs, 'claude');
await symlink(pinnedClaude() ?? 'claude', claude);
const browser = await chromium.launch({ executablePath, args: chromiumFlags });
try {
  const count = (await demonstration(browser, claude)) + (await worktrees(browser, claude));
  console.log(`${count} pictures are in docs/screenshots.`);
} finally {
  await browser.close();
  await rm(programs, { recursive: true, force: true });
}
