import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { check, draftOf, inRoom, refusal, roundTrip, type Trouble, worked } from './trouble.ts';

/** Troubles of repositories that are otherwise than most. */
export const oddRepositories: Trouble[] = [
  {
    name: 'submodules',
    run: () =>
      inRoom(async (room) => {
        const library = join(room.folder, 'library');
        await room.git(room.folder, 'init', '-q', library);
        await writeFile(join(library, 'l.txt'), 'l\n');
        await room.git(library, 'add', '-A');
        await room.git(library, 'commit', '-q', '-m', 'Library');
        await room.git(room.project.path, 'submodule', '--quiet', 'add', library, 'lib');
        await room.git(room.project.path, 'commit', '-q', '-m', 'With a submodule');
        const worktree = await worked(room);
        check(existsSync(join(worktree.path, 'lib', 'l.txt')), `the submodule is empty: ${JSON.stringify(worktree)}`);
        await writeFile(join(worktree.path, 'lib', 'l.txt'), 'changed\n');
        await room.git(join(worktree.path, 'lib'), 'switch', '-q', '-c', 'inside');
        await room.git(join(worktree.path, 'lib'), 'commit', '-q', '-a', '-m', 'In the submodule');
        await writeFile(join(worktree.path, 'lib', 'draft.txt'), 'draft inside\n');
        const commit = await room.git(join(worktree.path, 'lib'), 'rev-parse', 'HEAD');
        await room.worktrees.remove(worktree.id);
        await room.git(room.project.path, 'gc', '-q', '--prune=now');
        await room.worktrees.restore(worktree.id);
        check(
          (await room.git(join(worktree.path, 'lib'), 'rev-parse', 'inside')) === commit,
          'a commit in the submodule is gone',
        );
        check(
          (await readFile(join(worktree.path, 'lib', 'draft.txt'), 'utf8')) === 'draft inside\n',
          'a draft in the submodule is gone',
        );
        return 'checked out from the copy there; commits and drafts inside come back';
      }),
  },
  {
    name: 'LFS without git-lfs, sparse, shallow, empty history',
    run: () =>
      inRoom(async (room) => {
        const { path } = room.project;
        await mkdir(join(path, 'shown'), { recursive: true });
        await mkdir(join(path, 'hidden'), { recursive: true });
        await writeFile(join(path, 'shown', 's.txt'), 's\n');
        await writeFile(join(path, 'hidden', 'h.txt'), 'h\n');
        await room.git(path, 'add', '-A');
        await room.git(path, 'commit', '-q', '-m', 'Folders');
        await writeFile(join(path, '.gitattributes'), '*.psd filter=lfs diff=lfs merge=lfs -text\n');
        await writeFile(join(path, 'a.psd'), 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n');
        await room.git(path, 'add', '-A');
        await room.git(path, 'commit', '-q', '-m', 'Pointers');
        for (const [key, value] of [
          ['smudge', 'git-lfs-not-there smudge'],
          ['clean', 'git-lfs-not-there clean'],
          ['process', 'git-lfs-not-there process'],
          ['required', 'true'],
        ])
          await room.git(path, 'config', `filter.lfs.${key}`, `${value}`);
        const worktree = await room.create('lfs');
        check(
          worktree.notes.some((note) => note.includes('LFS')),
          `nothing tells of LFS: ${worktree.notes}`,
        );
        await writeFile(join(worktree.path, 'draft.txt'), 'in no commit\n');
        await roundTrip(room, worktree);
        await room.git(path, 'config', '--remove-section', 'filter.lfs');
        const sparse = await room.create('sparse');
        await room.git(sparse.path, 'sparse-checkout', 'set', 'shown');
        await writeFile(join(sparse.path, 'draft.txt'), 'in no commit\n');
        await roundTrip(room, sparse);
        check(
          !existsSync(join(sparse.path, 'hidden')) && existsSync(join(sparse.path, 'shown', 's.txt')),
          'it is sparse no more',
        );
        return 'pointers stay and are told; a sparse one comes back sparse';
      }),
  },
  {
    name: 'a shallow clone',
    run: () =>
      inRoom(
        async (room) => {
          const worktree = await worked(room);
          await roundTrip(room, worktree);
          check(
            (
              await room.delivery.merge({
                id: worktree.id,
                dryRun: true,
                method: 'merge',
                leaveUncommitted: true,
                besideChanges: false,
              })
            ).state === 'clean',
            'it cannot be merged',
          );
          return 'made, removed, restored, merged for trial';
        },
        async (folder, git) => {
          const origin = join(folder, 'origin');
          await git(folder, 'init', '-q', origin);
          for (const text of ['1', '2', '3']) {
            await writeFile(join(origin, 'o.txt'), text);
            await git(origin, 'add', '-A');
            await git(origin, 'commit', '-q', '-m', text);
          }
          await git(folder, 'clone', '-q', '--depth', '1', `file://${origin}`, join(folder, 'shop'));
          return join(folder, 'shop');
        },
      ),
  },
  {
    name: 'an empty repository',
    run: () =>
      inRoom(
        async (room) => {
          const words = await refusal(room.create('too early'));
          check(/no commit yet/.test(words), words);
          await writeFile(join(room.project.path, 'draft.txt'), 'in no commit\n');
          const state = await room.copies.look(room.project.path);
          check(state.head === null && state.untracked.has('draft.txt'), JSON.stringify(state));
          const { findings } = await room.repair.repair({ apply: true });
          check(findings.length === 0, JSON.stringify(findings));
          await room.git(room.project.path, 'commit', '-q', '--allow-empty', '-m', 'First');
          await roundTrip(room, await worked(room));
          check((await draftOf(room.project)) === 'in no commit\n', 'the draft is gone');
          return 'refused with the fix in words, nothing touched; goes on after the first commit';
        },
        async (folder, git) => {
          await git(folder, 'init', '-q', join(folder, 'shop'));
          return join(folder, 'shop');
        },
      ),
  },
  {
    name: 'a prepared worktree: half made, written into, pruned, taken',
    run: () =>
      inRoom(async (room) => {
        const { path } = room.project;
        room.prepare(1);
        room.pool.took(room.project.id, 60_000);
        await room.pool.adjust();
        const [waiting = ''] = await room.pool.list();
        check(waiting !== '', 'none was prepared');
        check((await room.repair.outside()).items.length === 0, 'it is offered to be taken in');
        check((await room.repair.repair({ apply: true })).findings.length === 0, 'repair finds fault with it');
        await rm(join(waiting, '.git'));
        await room.git(path, 'worktree', 'prune');
        const first = await worked(room, 'without one');
        check((await room.git(first.path, 'rev-parse', '--show-toplevel')).trim() === first.path, 'it is no worktree');
        await room.pool.settle();
        room.pool.took(room.project.id, 60_000);
        await room.pool.adjust();
        const again = await room.pool.list();
        check(again.length === 1 && again[0] !== waiting, `it was not made anew: ${again}`);
        const taken = await worked(room, 'with one');
        check((await room.pool.list()).length === 0, 'none was taken');
        // git's gc fails beside any "worktree add", which would come again in the background.
        room.prepare(0);
        await room.pool.adjust();
        await roundTrip(room, taken);
        return 'never offered, never handed out unless it is as it was made; taken, removed and restored as any other';
      }),
  },
  {
    name: 'a bare repository',
    run: () =>
      inRoom(
        async (room) => {
          const worktree = await worked(room);
          await roundTrip(room, worktree);
          const done = await room.delivery.merge({
            id: worktree.id,
            dryRun: false,
            method: 'squash',
            leaveUncommitted: true,
            besideChanges: false,
          });
          check(done.state === 'merged', `it was not merged: ${JSON.stringify(done)}`);
          return 'worktrees beside it work as beside any other; a merge moves its branch';
        },
        async (folder, git) => {
          const origin = join(folder, 'origin');
          await git(folder, 'init', '-q', origin);
          await git(origin, 'commit', '-q', '--allow-empty', '-m', 'First');
          await git(folder, 'clone', '-q', '--bare', origin, join(folder, 'shop.git'));
          return join(folder, 'shop.git');
        },
      ),
  },
];
