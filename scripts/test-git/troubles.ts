import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createWorktreeStore } from '../../main/orchestrator/worktrees/store.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { check, draftOf, inRoom, refusal, repaired, roundTrip, type Trouble, worked } from './trouble.ts';

/** Troubles of any repository: what commands, people and disks leave behind. */
export const troubles: Trouble[] = [
  {
    name: 'index.lock left behind',
    short: true,
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        const { own } = await room.copies.folders(worktree.path);
        await writeFile(join(own, 'index.lock'), '');
        const words = await refusal(
          room.delivery.commit({ id: worktree.id, message: 'x', amend: false, skipHooks: false }),
        );
        check(/lock/.test(words), words);
        await utimes(join(own, 'index.lock'), 1, 1);
        const finding = await repaired(room, 'stale-lock');
        await room.delivery.commit({ id: worktree.id, message: 'x', amend: false, skipHooks: false });
        return finding.outcome;
      }),
  },
  {
    name: 'detached gc while it works',
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        await room.git(room.project.path, 'config', 'gc.auto', '1');
        const gc = room.git(room.project.path, 'gc', '-q');
        for (let turn = 0; turn < 3; turn += 1) {
          await writeFile(join(worktree.path, 'draft.txt'), `turn ${turn}\n`);
          await room.checkpoints.create({ id: worktree.id });
        }
        await gc;
        await room.git(room.project.path, 'gc', '-q', '--prune=now');
        const kept = room.checkpoints.list(worktree.id).items;
        for (const { commit } of kept) await room.git(worktree.path, 'cat-file', '-e', `${commit}^{tree}`);
        return `${kept.length} checkpoints whole after gc --prune=now`;
      }),
  },
  {
    name: 'branch deleted by hand',
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        const tip = await room.git(worktree.path, 'rev-parse', 'HEAD');
        await room.git(room.project.path, 'update-ref', '-d', `refs/heads/${worktree.branch}`);
        const finding = await repaired(room, 'branch-gone');
        check((await room.git(worktree.path, 'rev-parse', 'HEAD')) === tip, 'it does not stand where it stood');
        check((await draftOf(worktree)) === 'in no commit\n', 'its draft is gone');
        return finding.outcome;
      }),
  },
  {
    name: 'worktree moved by hand',
    short: true,
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        await rename(worktree.path, `${worktree.path}-elsewhere`);
        const finding = await repaired(room, 'moved');
        const moved = room.worktrees.get(worktree.id);
        check(moved.path.endsWith('-elsewhere') && (await draftOf(moved)) === 'in no commit\n', 'it was not followed');
        await roundTrip(room, moved);
        return finding.outcome;
      }),
  },
  {
    name: 'worktree deleted by hand',
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        const tip = await room.git(worktree.path, 'rev-parse', 'HEAD');
        await room.checkpoints.create({ id: worktree.id });
        await rm(worktree.path, { recursive: true });
        const finding = await repaired(room, 'folder-gone');
        await room.worktrees.remove(worktree.id);
        const back = await room.worktrees.restore(worktree.id);
        check((await room.git(back.path, 'rev-parse', 'HEAD')) === tip, 'its commits are gone');
        const newest = room.checkpoints.list(worktree.id).items.at(-1);
        check(newest, 'its checkpoint is gone');
        await room.checkpoints.rewind({ id: back.id, checkpointId: newest.id, branch: false, conversation: false });
        check((await draftOf(back)) === 'in no commit\n', 'its draft is gone');
        return `${finding.outcome} Its last checkpoint brings the draft back.`;
      }),
  },
  {
    name: "git's link broken, locked, other branch, stale entry",
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        await rm(join(worktree.path, '.git'));
        await repaired(room, 'link-broken');
        check((await draftOf(worktree)) === 'in no commit\n', 'its draft is gone');
        await room.git(room.project.path, 'worktree', 'lock', '--reason', 'mine', worktree.path);
        await repaired(room, 'locked');
        await room.git(worktree.path, 'switch', '-q', '-c', 'renamed');
        await repaired(room, 'other-branch');
        check(room.worktrees.get(worktree.id).branch === 'renamed', 'the row did not follow');
        await room.git(room.project.path, 'worktree', 'add', '-q', join(room.folder, 'foreign'), '-b', 'foreign');
        const { items } = await room.repair.outside();
        check(items.length === 1 && items[0]?.problem === null, 'a worktree made outside is not shown');
        const adopted = await room.repair.adopt({ projectId: room.project.id, path: join(room.folder, 'foreign') });
        check(adopted.origin === 'adopted' && adopted.branch === 'foreign', 'it was not adopted');
        await room.git(room.project.path, 'worktree', 'add', '-q', join(room.folder, 'gone'), '-b', 'gone');
        await rm(join(room.folder, 'gone'), { recursive: true });
        await repaired(room, 'stale-entry');
        await roundTrip(room, room.worktrees.get(worktree.id));
        return 'mended, told, followed, adopted, forgotten; a lock of a person stays until it is removed here';
      }),
  },
  {
    name: 'half made: killed at 0 to 100 %',
    short: true,
    run: (short) =>
      inRoom(async (room) => {
        const files = short ? 600 : 20_000;
        for (let at = 0; at < files; at += 1) {
          const folder = join(room.project.path, `d${at % 40}`);
          if (at < 40) await mkdir(folder, { recursive: true });
          await writeFile(join(folder, `f${at}.txt`), `${at}\n`);
        }
        await room.git(room.project.path, 'add', '-A');
        await room.git(room.project.path, 'commit', '-q', '-m', 'Many');
        const other = await worked(room, 'other');
        const store = createWorktreeStore(room.database);
        const wholeMs = await (async () => {
          const from = Date.now();
          const probe = await room.create('probe');
          await room.worktrees.remove(probe.id);
          return Date.now() - from;
        })();
        const rounds = short ? 2 : 50;
        for (let round = 0; round < rounds; round += 1) {
          const path = join(room.folder, 'worktrees', 'shop', `half-${round}`);
          const row = {
            ...other,
            id: `t_half${round}` as Worktree['id'],
            path,
            branch: `worker/half-${round}`,
            state: 'creating' as const,
          };
          const base = (await room.git(room.project.path, 'rev-parse', 'main')).trim();
          store.put({ ...row, baseCommit: base });
          const child = spawn(
            'git',
            ['-c', 'checkout.workers=4', 'worktree', 'add', '--quiet', '-b', row.branch, path, base],
            {
              cwd: room.project.path,
              env: room.environment,
              stdio: 'ignore',
              detached: true,
            },
          );
          const gone = new Promise((resolve) => child.on('exit', resolve));
          const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), (wholeMs * round) / rounds);
          await gone;
          clearTimeout(timer);
          await rm(join(room.project.path, '.git', 'index.lock'), { force: true });
          await room.worktrees.settle();
          check(!existsSync(path), `round ${round}: its folder is still there`);
          const branches = await room.git(room.project.path, 'branch', '--list', 'worker/half-*');
          check(branches === '', `round ${round}: its branch is still there`);
          const listed = await room.git(room.project.path, 'worktree', 'list');
          check(!listed.includes('half-'), `round ${round}: git still lists it`);
          check((await draftOf(other)) === 'in no commit\n', `round ${round}: another worktree was touched`);
        }
        return `${rounds} of ${rounds} taken away wholly, ${files} files, no other touched`;
      }),
  },
  {
    name: 'a full disk',
    missing: async () => {
      const { getuid } = process;
      return process.platform === 'linux' && getuid?.() === 0
        ? ''
        : 'a small disk can only be mounted by root on Linux';
    },
    run: () =>
      inRoom(
        async (room) => {
          const worktree = await worked(room);
          await writeFile(join(worktree.path, 'large.bin'), Buffer.alloc(8 * 1024 * 1024, `${Date.now()}`));
          const filler = join(room.project.path, 'filler');
          await writeFile(filler, '');
          const handle = await open(filler, 'a');
          try {
            for (;;) await handle.write(Buffer.alloc(256 * 1024, 1));
          } catch (error) {
            check((error as NodeJS.ErrnoException).code === 'ENOSPC', String(error));
          } finally {
            await handle.close();
          }
          const words = await refusal(room.checkpoints.create({ id: worktree.id }));
          const removal = await refusal(room.worktrees.remove(worktree.id));
          check(/disk is full|No space/i.test(words), words);
          check(existsSync(join(worktree.path, 'large.bin')), `its files are gone: ${removal}`);
          check((await draftOf(worktree)) === 'in no commit\n', 'its draft is gone');
          await rm(filler);
          await room.checkpoints.create({ id: worktree.id });
          await roundTrip(room, room.worktrees.get(worktree.id));
          return 'refused with the fix in words, nothing touched; goes on once there is room';
        },
        smallDisk,
        (room) => void execFileSync('umount', ['--lazy', room.project.path]),
      ),
  },
  {
    name: '10 MB in one line, names with line breaks and bytes that are no text',
    short: true,
    run: () =>
      inRoom(async (room) => {
        const worktree = await worked(room);
        await writeFile(join(worktree.path, 'line.txt'), 'x'.repeat(10 * 1024 * 1024));
        await writeFile(join(worktree.path, 'new\nline "q" ü.txt'), 'n\n');
        await writeFile(Buffer.concat([Buffer.from(`${worktree.path}/b`), Buffer.from([0xff, 0xfe])]), 'bytes\n');
        const { files } = await room.reviewer.files(worktree.id, { scope: 'uncommitted' });
        check(files.length === 4, `it shows ${files.length} files`);
        await room.staging.stage({ id: worktree.id, unstage: false, selections: files.map(({ path }) => ({ path })) });
        await room.staging.stage({ id: worktree.id, unstage: true, selections: files.map(({ path }) => ({ path })) });
        await roundTrip(room, worktree);
        await room.delivery.commit({ id: worktree.id, message: 'All', amend: false, skipHooks: false });
        return `${files.length} files shown, staged, taken out, removed, restored and committed`;
      }),
  },
];

/** A repository on a disk of 24 MB, worktrees elsewhere. */
async function smallDisk(folder: string, git: (folder: string, ...args: string[]) => Promise<string>): Promise<string> {
  const path = join(folder, 'shop');
  await mkdir(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path]);
  await git(folder, 'init', '-q', path);
  await git(path, 'commit', '-q', '--allow-empty', '-m', 'First');
  return path;
}
