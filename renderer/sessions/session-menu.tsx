import {
  Archive,
  ArchiveRestore,
  Download,
  Ellipsis,
  FolderGit2,
  GitFork,
  Link,
  Pencil,
  Pin,
  PinOff,
  RotateCcw,
  Shrink,
  SquarePen,
  Tag,
  Trash2,
  Users,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import type { Session } from '../../shared/sessions.ts';
import { go, hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useWorker } from '../app/use-rows.ts';
import { useCompress } from '../compression/use-compress-command.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/fields.tsx';
import { menuItem, menuLook } from '../ui/menu-item.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { useSessionActions } from './session-actions.ts';

/** Copies a text and says so; where the browser forbids it, says that. */
export function copyText(text: string, done = 'Copied.'): void {
  const failed = (): void =>
    tell('The browser does not allow copying here. Select the text and copy it by hand.', { tone: 'error' });
  void writeClipboard(text).then((copied) => (copied ? tell(done) : failed()));
}

/** The address of a place in a session, as it can be sent to others who reach this port. */
export function linkTo(sessionId: string, at: number | null): string {
  return `${location.origin}${location.pathname}${hrefOf({ view: 'session', id: sessionId, at, find: '' })}`;
}

export type SessionDialog = 'rename' | 'tags' | null;

/** Resume and fork, as buttons. */
export function SessionButtons({ session, small = false }: { session: Session; small?: boolean }) {
  const actions = useSessionActions();
  const worker = useWorker(session.workerId ?? '');
  const [doing, setDoing] = useState<'resume' | 'fork' | null>(null);
  const may = useStore((state) => state.access !== 'view');
  const run = async (fork: boolean): Promise<void> => {
    setDoing(fork ? 'fork' : 'resume');
    await actions.resume(session, fork);
    setDoing(null);
  };
  const live = session.state === 'live' || (worker !== undefined && worker.state !== 'ended');
  return (
    <>
      {worker && worker.sessionId === session.id && live ? (
        <Button
          size={small ? 'sm' : 'md'}
          icon={Users}
          className="max-phone:h-10"
          onClick={() => go({ view: 'worker', id: worker.id, tab: null, file: null })}
        >
          Open its worker
        </Button>
      ) : (
        <Button
          size={small ? 'sm' : 'md'}
          icon={RotateCcw}
          disabled={!may || doing !== null || live}
          title={
            live
              ? 'A process outside of Control Room writes to it. End it there, or fork the session.'
              : 'Goes on in its own folder as a worker'
          }
          className="max-phone:h-10"
          onClick={() => void run(false)}
        >
          {doing === 'resume' ? 'Resuming…' : 'Resume'}
        </Button>
      )}
      <Button
        size={small ? 'sm' : 'md'}
        icon={GitFork}
        disabled={!may || doing !== null}
        title="A copy goes on as a worker in a new worktree; this session stays as it is"
        className="max-phone:h-10"
        onClick={() => void run(true)}
      >
        {doing === 'fork' ? 'Forking…' : 'Fork'}
      </Button>
    </>
  );
}

/** Everything else that can be done with a session. */
export function SessionMenu({
  session,
  onDialog,
  onChoose,
  onRemoved,
}: {
  session: Session;
  onDialog: (dialog: SessionDialog) => void;
  /** Begins to choose messages for a new worker. */
  onChoose?: () => void;
  /** After it was deleted. */
  onRemoved?: () => void;
}) {
  const actions = useSessionActions();
  const compress = useCompress();
  const worker = useWorker(session.workerId ?? '');
  const may = useStore((state) => state.access !== 'view');
  const item = (Icon: typeof Pencil, text: ReactNode, run: () => void, disabled = false) => (
    <DropdownMenu.Item className={menuItem} disabled={disabled} onSelect={run}>
      <Icon size={14} aria-hidden className="text-ink-3" /> {text}
    </DropdownMenu.Item>
  );
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <Button look="ghost" size="sm" icon={Ellipsis} aria-label="More" className="max-phone:size-10" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={4} className={menuLook}>
          {item(Pencil, 'Rename…', () => onDialog('rename'), !may)}
          {item(Tag, 'Tags…', () => onDialog('tags'), !may)}
          {item(session.pinned ? PinOff : Pin, session.pinned ? 'Unpin' : 'Pin', () => void actions.pin(session), !may)}
          {item(
            session.archived ? ArchiveRestore : Archive,
            session.archived ? 'Take out of the archive' : 'Archive',
            () => void actions.archive(session),
            !may,
          )}
          <DropdownMenu.Separator className="my-1 h-px bg-hair" />
          {item(
            Shrink,
            'Compress',
            () => {
              go({ view: 'session', id: session.id, at: null, find: '' });
              compress(session);
            },
            !may,
          )}
          {onChoose && item(SquarePen, 'Choose messages for a new worker', onChoose)}
          {worker && item(Users, 'Open its worker', () => go({ view: 'worker', id: worker.id, tab: null, file: null }))}
          {session.projectId &&
            item(FolderGit2, 'Sessions of its project', () =>
              go({ view: 'sessions', query: String(new URLSearchParams({ project: session.projectId ?? '' })) }),
            )}
          {item(Link, 'Copy its link', () => copyText(linkTo(session.id, null), 'The link was copied.'))}
          <DropdownMenu.Separator className="my-1 h-px bg-hair" />
          {item(Download, 'Save as Markdown', () => void actions.save(session, 'markdown'))}
          {item(Download, 'Save as HTML', () => void actions.save(session, 'html'))}
          {item(Download, 'Save as JSON', () => void actions.save(session, 'json'))}
          <DropdownMenu.Separator className="my-1 h-px bg-hair" />
          {item(
            Trash2,
            'Delete',
            () =>
              void actions.remove(session).then((done) => {
                if (done && onRemoved) onRemoved();
              }),
            !may,
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Asks for a new title, or for tags. */
export function SessionDialogs({
  session,
  dialog,
  onClose,
}: {
  session: Session;
  dialog: SessionDialog;
  onClose: () => void;
}) {
  if (dialog === 'rename') return <RenameSession session={session} onClose={onClose} />;
  if (dialog === 'tags') return <EditTags session={session} onClose={onClose} />;
  return null;
}

function RenameSession({ session, onClose }: { session: Session; onClose: () => void }) {
  const actions = useSessionActions();
  const [title, setTitle] = useState(session.title);
  const ready = title.trim() !== '';
  return (
    <Dialog open onClose={onClose} title="Rename the session" width={440}>
      <form
        className="grid gap-3 p-5 pt-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          onClose();
          if (title.trim() !== session.title) void actions.rename(session, title.trim());
        }}
      >
        <TextField
          autoFocus
          aria-label="Title"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          onFocus={(event) => event.target.select()}
        />
        <span className="flex justify-end gap-2">
          <Button look="ghost" className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={!ready} className="max-phone:h-11">
            Rename
          </Button>
        </span>
      </form>
    </Dialog>
  );
}

/** Tags as they are typed: parted by commas, each once. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.replace(/\s+/g, ' ').trim().slice(0, 40)))]
    .filter(Boolean)
    .slice(0, 20);
}

function EditTags({ session, onClose }: { session: Session; onClose: () => void }) {
  const actions = useSessionActions();
  const [text, setText] = useState(session.tags.join(', '));
  return (
    <Dialog open onClose={onClose} title="Tags" width={440}>
      <form
        className="grid gap-3 p-5 pt-2"
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          void actions.update(session, { tags: tagsOf(text) });
        }}
      >
        <TextField
          autoFocus
          aria-label="Tags, parted by commas"
          placeholder="payments, to read again"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <span className="flex min-h-5 flex-wrap gap-1.5">
          {tagsOf(text).map((tag) => (
            <Chip key={tag} look="plain">
              {tag}
            </Chip>
          ))}
        </span>
        <span className="flex justify-end gap-2">
          <Button look="ghost" className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" className="max-phone:h-11">
            Keep
          </Button>
        </span>
      </form>
    </Dialog>
  );
}
