import { HardDrive, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Disk, WorktreeSize } from '../../shared/worktrees.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useProjects } from '../app/use-rows.ts';
import { useStore } from '../data/store.ts';
import { useDoing } from '../data/use-doing.ts';
import { useStream } from '../data/use-stream.ts';
import { useWorktreeName } from '../overlaps/use-overlaps.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { bytes, plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { CleanUpDialog } from './clean-up-dialog.tsx';
import { OutsidePanel } from './outside-panel.tsx';
import { RemovedPanel } from './removed-panel.tsx';
import { RepairPanel } from './repair-panel.tsx';

/** Worktrees on the disk: what they take, what can go, what went and comes back. */
export function DiskView() {
  const { value: disk, error } = useStream('disk', (client, signal) =>
    client.worktrees.watchDisk(undefined, { signal }),
  );
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:hidden">
        <h1 className="text-md font-strong">Worktrees</h1>
        {disk && (
          <p className="min-w-0 truncate text-sm text-ink-3">
            in <code>{disk.folder}</code>
            {disk.measuring && ', being measured'}
          </p>
        )}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4 max-phone:p-3">
        <div className="mx-auto grid max-w-[1080px] gap-4">
          {error && <Problem>{error}</Problem>}
          {disk && <Space disk={disk} />}
          {disk && <Sizes disk={disk} />}
          <RemovedPanel removed={disk?.removed ?? null} />
          <OutsidePanel />
          <RepairPanel />
        </div>
      </div>
    </main>
  );
}

const sum = (worktrees: readonly WorktreeSize[], of: (one: WorktreeSize) => number | null): number =>
  worktrees.reduce((total, one) => total + (of(one) ?? 0), 0);

/** The disk as a bar: what worktrees take, what of that can be had back, what is free. */
function Space({ disk }: { disk: Disk }) {
  const size = sum(disk.worktrees, ({ sizeBytes }) => sizeBytes) + (disk.prepared.sizeBytes ?? 0);
  const reclaimable = sum(disk.worktrees, ({ reclaimableBytes }) => reclaimableBytes);
  const low = disk.freeBytes < disk.guardBytes;
  const share = (count: number): string =>
    `${Math.max(0, Math.min(100, (100 * count) / Math.max(1, disk.totalBytes)))}%`;
  return (
    <section aria-label="Space" className="grid gap-2.5 rounded-3 bg-surface px-4 py-3 ring-1 ring-hair ring-inset">
      <div className="flex flex-wrap items-baseline gap-x-6 gap-y-1">
        <Figure name="worktrees take" value={bytes(size)} />
        <Figure name="of it build output" value={bytes(reclaimable)} />
        {disk.prepared.count > 0 && (
          <Figure
            name={`${plural(disk.prepared.count, 'worktree')} kept ready`}
            value={bytes(disk.prepared.sizeBytes ?? 0)}
          />
        )}
        <Figure name={`free of ${bytes(disk.totalBytes)}`} value={bytes(disk.freeBytes)} late={low} />
      </div>
      <div className="flex h-2 overflow-hidden rounded-full bg-track" aria-hidden>
        <span className="bg-off" style={{ width: share(disk.totalBytes - disk.freeBytes - size) }} />
        <span className="bg-accent" style={{ width: share(size - reclaimable) }} />
        <span className="bg-needs-mark" style={{ width: share(reclaimable) }} />
      </div>
      <p className={cx('text-sm', low ? 'text-late' : 'text-ink-3')}>
        {low
          ? `Less than ${bytes(disk.guardBytes)} are free: no worker is started until there is more room. Remove build output or worktrees below.`
          : `No worker is started with less than ${bytes(disk.guardBytes)} free. Other files grey, worktrees violet, their build output amber.`}
      </p>
    </section>
  );
}

function Figure({ name, value, late = false }: { name: string; value: string; late?: boolean }) {
  return (
    <span className="flex items-baseline gap-2">
      <b className={cx('figures text-xl font-strong', late && 'text-late')}>{value}</b>
      <span className="text-sm text-ink-2">{name}</span>
    </span>
  );
}

const removalLooks = { safe: 'done', keeps: 'needs', blocked: 'failed' } as const;
const removalWords = { safe: 'safe to remove', keeps: 'keeps what is new', blocked: 'in use' } as const;

function Sizes({ disk }: { disk: Disk }) {
  const { connection } = useApp();
  const may = useStore((state) => allows(state.access, 'admin'));
  const projects = useProjects();
  const nameOf = useWorktreeName();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState(false);
  const doing = useDoing();
  const rows = disk.worktrees.toSorted((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0));
  const chosen = rows.filter(({ id }) => picked.has(id));
  const removable = chosen.filter(({ removal }) => removal !== 'blocked');
  const safe = rows.filter(({ removal }) => removal === 'safe');
  const gain = sum(chosen, ({ reclaimableBytes }) => reclaimableBytes);
  const pick = (id: string, on: boolean): void =>
    setPicked((before) => {
      const next = new Set(before);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  const reclaim = async (ids: WorktreeId[]): Promise<void> => {
    const said = await doing.run('reclaim', () => connection.client.worktrees.reclaim({ ids }));
    if (!said) return;
    const failed = said.results.filter(({ done }) => !done);
    tell(
      failed.length === 0
        ? `${bytes(said.freedBytes)} of build output removed. A build makes it again.`
        : `${bytes(said.freedBytes)} removed; ${failed.map(({ message }) => message).join(' ')}`,
    );
  };
  return (
    <Panel
      title="On the disk"
      about="The largest first. Removing one takes a snapshot of everything in it first."
      end={
        safe.length > 0 &&
        may &&
        picked.size === 0 && (
          <Button size="sm" className="max-phone:h-11" onClick={() => setPicked(new Set(safe.map(({ id }) => id)))}>
            {safe.length === 1 ? 'Choose the safe one' : `Choose the ${safe.length} safe ones`}
          </Button>
        )
      }
    >
      {rows.length === 0 && (
        <p className="px-4 py-3 text-ink-2">No worktree is there. Each new worker gets one of its own.</p>
      )}
      <ul aria-label="Worktrees">
        {rows.map((one) => (
          <li
            key={one.id}
            className="grid grid-cols-[20px_minmax(0,1fr)_auto] items-start gap-x-2.5 gap-y-1 border-t border-hair-soft px-4 py-2 first:border-t-0"
          >
            <input
              type="checkbox"
              aria-label={`Choose ${nameOf(one.id)}`}
              checked={picked.has(one.id)}
              disabled={!may}
              onChange={(event) => pick(one.id, event.target.checked)}
              className="mt-1 size-3.5 accent-(--accent) max-phone:size-5"
            />
            <span className="min-w-0">
              <span className="flex min-w-0 items-baseline gap-x-2 max-phone:flex-wrap">
                <a
                  href={hrefOf({ view: 'review', id: one.id, query: '' })}
                  className="min-w-0 truncate font-medium hover:underline"
                >
                  {nameOf(one.id)}
                </a>
                <code className="min-w-0 truncate text-ink-3" title={one.path}>
                  {projects.find(({ id }) => id === one.projectId)?.name ?? 'removed project'} / {one.branch}
                </code>
              </span>
              <span className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm text-ink-2">
                {one.sizeBytes === null ? (
                  <span className="text-ink-3">being measured…</span>
                ) : (
                  <Chip look={removalLooks[one.removal]}>{removalWords[one.removal]}</Chip>
                )}
                {one.reasons.join('; ')}
              </span>
              {one.reclaimable.length > 0 && (
                <span className="mt-0.5 block truncate text-xs text-ink-3">
                  build output:{' '}
                  {one.reclaimable
                    .slice(0, 4)
                    .map(({ path, sizeBytes }) => `${path} ${bytes(sizeBytes)}`)
                    .join(', ')}
                  {one.reclaimable.length > 4 && ` and ${one.reclaimable.length - 4} more`}
                </span>
              )}
            </span>
            <span className="figures text-right text-sm">
              <b className="block font-strong">{one.sizeBytes === null ? '…' : bytes(one.sizeBytes)}</b>
              {(one.reclaimableBytes ?? 0) > 0 && (
                <span className="block text-xs text-needs">{bytes(one.reclaimableBytes ?? 0)} build output</span>
              )}
              <span className="block text-xs text-ink-3">
                used <Since at={one.lastActivityAt} after="ago" />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {doing.error && <Problem className="m-3">{doing.error}</Problem>}
      {picked.size > 0 && (
        <div className="sticky bottom-0 flex flex-wrap items-center gap-2 border-t border-hair bg-raised px-4 py-2">
          <span className="min-w-32 flex-1 text-sm">
            {plural(chosen.length, 'worktree')}, {bytes(sum(chosen, ({ sizeBytes }) => sizeBytes))}
          </span>
          <Button
            icon={RotateCw}
            disabled={gain === 0 || doing.busy !== null}
            className="max-phone:h-11"
            onClick={() => void reclaim(chosen.map(({ id }) => id))}
          >
            {doing.busy === 'reclaim' ? 'Removing…' : `Remove ${bytes(gain)} of build output`}
          </Button>
          <Button
            look="danger"
            icon={HardDrive}
            disabled={removable.length === 0 || doing.busy !== null}
            className="max-phone:h-11"
            onClick={() => setRemoving(true)}
          >
            Remove {plural(removable.length, 'worktree')}…
          </Button>
          <Button look="ghost" className="max-phone:h-11" onClick={() => setPicked(new Set())}>
            Clear
          </Button>
        </div>
      )}
      {removing && (
        <CleanUpDialog chosen={chosen} onClose={() => setRemoving(false)} onDone={() => setPicked(new Set())} />
      )}
    </Panel>
  );
}
