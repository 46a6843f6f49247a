import type { WorktreeSize } from '../../shared/worktrees.ts';
import { useStore } from '../data/store.ts';
import { useDoing } from '../data/use-doing.ts';
import { useWorktreeName } from '../overlaps/use-overlaps.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem } from '../ui/fields.tsx';
import { bytes, plural } from '../ui/format.ts';
import { useWorktreeActions } from './use-worktree-actions.ts';

/** Asks before several worktrees go, with what becomes of each. */
export function CleanUpDialog({
  chosen,
  onClose,
  onDone,
}: {
  chosen: readonly WorktreeSize[];
  onClose: () => void;
  onDone: () => void;
}) {
  const actions = useWorktreeActions();
  const nameOf = useWorktreeName();
  const undoDays = useStore((state) => state.rows.settings?.values.undoDays ?? 14);
  const doing = useDoing();
  const going = chosen.filter(({ removal }) => removal !== 'blocked');
  const staying = chosen.filter(({ removal }) => removal === 'blocked');
  const size = going.reduce((total, { sizeBytes }) => total + (sizeBytes ?? 0), 0);
  const remove = async (): Promise<void> => {
    const stayed = await doing.run('remove', async () => {
      const left = await actions.removeMany(going.map(({ id }) => id));
      if (left.length > 0) throw new Error(left.map(({ id, message }) => `${nameOf(id)}: ${message}`).join('\n'));
      return left;
    });
    onDone();
    if (stayed) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Remove ${plural(going.length, 'worktree')}?`}
      description={`${bytes(size)} become free. Everything in ${going.length === 1 ? 'it' : 'them'}, committed or not, can be brought back for ${plural(undoDays, 'day')}; build output is made again by a build.`}
      width={520}
    >
      <form
        className="flex min-h-0 flex-col gap-3 px-5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          void remove();
        }}
      >
        <ul className="min-h-0 overflow-y-auto rounded-3 bg-well px-3 py-1.5 text-sm ring-1 ring-hair ring-inset">
          {going.map((one) => (
            <li key={one.id} className="py-0.5">
              <b className="font-medium">{nameOf(one.id)}</b>{' '}
              <span className="text-ink-2">{one.reasons.join('; ')}</span>
            </li>
          ))}
          {staying.map((one) => (
            <li key={one.id} className="py-0.5 text-ink-3">
              {nameOf(one.id)} stays: {one.reasons.join('; ')}
            </li>
          ))}
        </ul>
        {doing.error && <Problem>{doing.error}</Problem>}
        <div className="flex justify-end gap-2">
          <Button look="ghost" keys="Escape" className="max-phone:h-11" onClick={onClose}>
            {going.length === 1 ? 'Keep it' : 'Keep them'}
          </Button>
          <Button type="submit" look="danger" disabled={doing.busy !== null} className="max-phone:h-11">
            {doing.busy ? 'Removing…' : 'Remove'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
