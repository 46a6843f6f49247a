import { ArrowLeft, Ellipsis, MessageSquarePlus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { readablePath } from '../../shared/repository-path.ts';
import type { ReviewFile } from '../../shared/review.ts';
import { tell } from '../app/ui-state.ts';
import { Button } from '../ui/button.tsx';
import { KeyCap } from '../ui/key-cap.tsx';
import { menuItem, menuLook } from '../ui/menu-item.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import type { Powers } from './diff-pane.tsx';
import { FileDelta } from './file-list.tsx';
import { LookChoice } from './scope-bar.tsx';
import { StatusLetter } from './status-letter.tsx';

/** What is open, whether it was viewed, and what can be done with all of it. */
export function FileHead({
  file,
  viewed,
  powers,
  mayView,
  hasLines,
  editHref,
  ignoreSpaces,
  onIgnoreSpaces,
  onViewed,
  onComment,
  onStage,
  onDiscard,
  onBack,
}: {
  file: ReviewFile;
  viewed: boolean;
  powers: Powers & { stageFile: 'stage' | 'unstage' | null };
  mayView: boolean;
  /** It is shown line by line. */
  hasLines: boolean;
  editHref: string | null;
  ignoreSpaces: boolean;
  onIgnoreSpaces: (on: boolean) => void;
  onViewed: () => void;
  onComment: () => void;
  onStage: () => void;
  onDiscard: () => void;
  /** Leads to the list, where the two do not stand side by side. */
  onBack: (() => void) | null;
}) {
  const path = readablePath(file.path);
  const slash = path.lastIndexOf('/');
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-2.5 gap-y-1 border-b border-hair px-4 py-1 text-sm max-phone:flex-nowrap max-phone:gap-x-1.5 max-phone:px-1">
      {onBack && (
        <Button
          look="ghost"
          size="sm"
          icon={ArrowLeft}
          aria-label="All changed files"
          className="max-phone:size-11"
          onClick={onBack}
        />
      )}
      <StatusLetter status={file.status} />
      <code className="flex min-w-0 flex-1 basis-40 max-phone:basis-0" title={path}>
        {file.oldPath && <span className="truncate text-ink-3">{readablePath(file.oldPath)} →&nbsp;</span>}
        <span className="truncate text-ink-3">{path.slice(0, slash + 1)}</span>
        <span className="shrink-0 max-phone:shrink max-phone:truncate">{path.slice(slash + 1)}</span>
      </code>
      <FileDelta file={file} />
      <span className="flex items-center gap-2">
        {hasLines && <LookChoice />}
        <label className="flex h-6 items-center gap-2 rounded-2 px-1 text-ink-2 max-phone:h-11">
          <input
            type="checkbox"
            checked={viewed}
            disabled={!mayView}
            onChange={onViewed}
            className="size-3.5 accent-(--accent)"
          />
          Viewed
          <KeyCap keys="V" />
        </label>
        <DropdownMenu.Root>
          <DropdownMenu.Trigger asChild>
            <Button
              look="ghost"
              size="sm"
              icon={Ellipsis}
              aria-label="More for this file"
              className="max-phone:size-11"
            />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content align="end" sideOffset={4} className={menuLook}>
              {powers.comment && (
                <DropdownMenu.Item className={menuItem} onSelect={onComment}>
                  <MessageSquarePlus size={14} aria-hidden className="text-ink-3" /> Comment on the file
                </DropdownMenu.Item>
              )}
              {powers.stageFile && (
                <DropdownMenu.Item className={menuItem} onSelect={onStage}>
                  <span className="flex-1">{powers.stageFile === 'stage' ? 'Stage the file' : 'Unstage the file'}</span>
                  <KeyCap keys="Shift+S" bare />
                </DropdownMenu.Item>
              )}
              {editHref && (
                <DropdownMenu.Item className={menuItem} asChild>
                  <a href={editHref}>
                    <span className="flex-1">Open in the editor</span>
                    <KeyCap keys="O" bare />
                  </a>
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Item
                className={menuItem}
                onSelect={() => void writeClipboard(file.path).then(() => tell('The path was copied.'))}
              >
                Copy the path
              </DropdownMenu.Item>
              <DropdownMenu.CheckboxItem className={menuItem} checked={ignoreSpaces} onCheckedChange={onIgnoreSpaces}>
                <span className="flex-1">Leave out changes of white space</span>
                {ignoreSpaces && '✓'}
              </DropdownMenu.CheckboxItem>
              {powers.discard && (
                <>
                  <DropdownMenu.Separator className="my-1 h-px bg-hair" />
                  <DropdownMenu.Item className={`${menuItem} text-failed`} onSelect={onDiscard}>
                    <span className="flex-1">Discard the changes of the file…</span>
                    <KeyCap keys="Shift+X" bare />
                  </DropdownMenu.Item>
                </>
              )}
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      </span>
    </div>
  );
}
