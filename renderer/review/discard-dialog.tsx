import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { type Part, partWords } from './use-review-actions.ts';

/** Asks before changes are taken back, and says how they come again. */
export function DiscardDialog({
  part,
  staged,
  onDiscard,
  onClose,
}: {
  part: Part;
  /** What is staged of it goes too. */
  staged: boolean;
  onDiscard: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Discard ${partWords(part)}?`}
      description={`The file goes back to ${staged ? 'the last commit, what is staged of it too' : 'what is staged of it, or else to the last commit'}. A checkpoint is made first, so one press of U brings it back.`}
      width={460}
    >
      <form
        className="flex justify-end gap-2 px-5 pt-4 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          onDiscard();
        }}
      >
        <Button look="ghost" keys="Escape" className="max-phone:h-11" onClick={onClose}>
          Keep it
        </Button>
        <Button type="submit" look="danger" autoFocus keys="Enter" className="max-phone:h-11">
          Discard
        </Button>
      </form>
    </Dialog>
  );
}
