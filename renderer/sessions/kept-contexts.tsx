import { Bookmark, FolderOpen, Trash2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { ChosenMessage } from '../../shared/context-text.ts';
import type { Context, ContextPart } from '../../shared/contexts.ts';
import type { SessionId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { plural, tokens } from '../ui/format.ts';
import { menuItem, menuLook } from '../ui/menu-item.ts';
import { choose, letAllGo } from './chosen.ts';

/** The chosen messages as the parts of a context: by session, each in its own order. */
export function partsOf(messages: readonly ChosenMessage[]): ContextPart[] {
  const parts = new Map<string, number[]>();
  for (const { sessionId, index } of messages) {
    const indexes = parts.get(sessionId);
    if (indexes) indexes.push(index);
    else parts.set(sessionId, [index]);
  }
  return [...parts].map(([sessionId, indexes]) => ({ sessionId: sessionId as SessionId, indexes }));
}

/** Keeps the choice under a name, and takes an earlier one up again: to change it, or to start a worker with it. */
export function KeptContexts({
  messages,
  budget,
  over,
  onBudget,
}: {
  messages: readonly ChosenMessage[];
  budget: number;
  over: boolean;
  onBudget: (budget: number) => void;
}) {
  const { connection } = useApp();
  const may = useStore((state) => state.access !== 'view');
  const [kept, setKept] = useState<readonly Context[] | null>(null);
  /** The one that was taken up: keeping under its name changes it. */
  const [open, setOpen] = useState<Context | null>(null);
  const [name, setName] = useState<string | null>(null);
  const tried = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    }
  };
  const save = (): void =>
    void tried(async () => {
      const given = name?.trim();
      if (!given) return;
      const saved = await connection.client.contexts.save({
        ...(open?.name === given ? { id: open.id } : {}),
        name: given,
        parts: partsOf(messages),
        budgetTokens: budget,
      });
      setName(null);
      setOpen(saved);
      tell(`“${saved.name}” is kept.`);
    });
  const take = (context: Context): void =>
    void tried(async () => {
      const { built } = await connection.client.contexts.get({ id: context.id });
      letAllGo();
      choose(built.messages);
      onBudget(context.budgetTokens);
      setOpen(context);
      if (built.missing.length > 0)
        tell(`${plural(built.missing.length, 'session')} of “${context.name}” cannot be read any more.`);
    });
  const remove = (context: Context): void =>
    void tried(async () => {
      await connection.client.contexts.remove({ id: context.id });
      const { name: again, parts, budgetTokens } = context;
      tell(`“${again}” is not kept any more.`, {
        action: {
          label: 'Undo',
          run: () =>
            void tried(async () => void (await connection.client.contexts.save({ name: again, parts, budgetTokens }))),
        },
      });
    });
  if (name !== null)
    return (
      <form
        className="flex gap-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          autoFocus
          aria-label="Name of the context"
          placeholder="Name, then Enter"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && setName(null)}
        />
        <Button size="sm" type="submit" disabled={!name.trim()} className="max-phone:h-11">
          {open?.name === name.trim() ? 'Change' : 'Keep'}
        </Button>
      </form>
    );
  return (
    <>
      <DropdownMenu.Root
        onOpenChange={(isOpen) => {
          if (isOpen) void tried(async () => setKept((await connection.client.contexts.list()).items));
        }}
      >
        <DropdownMenu.Trigger asChild>
          <Button size="sm" look="ghost" icon={FolderOpen} className="max-phone:h-11">
            Kept
          </Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="end" sideOffset={4} className={menuLook}>
            {kept?.length === 0 && <p className="max-w-56 px-2 py-1.5 text-sm text-ink-3">No choice is kept yet.</p>}
            {kept?.map((context) => (
              <DropdownMenu.Item key={context.id} className={menuItem} onSelect={() => take(context)}>
                <span className="min-w-0 flex-1 truncate">{context.name}</span>
                <span className="figures text-xs text-ink-3">
                  {plural(context.parts.length, 'session')}, {tokens(context.budgetTokens)}
                </span>
                <button
                  type="button"
                  aria-label={`Forget ${context.name}`}
                  disabled={!may}
                  className="grid size-6 place-items-center rounded-2 text-ink-3 hover:text-ink max-phone:size-11"
                  onClick={(event) => {
                    event.stopPropagation();
                    setKept(kept.filter((other) => other !== context));
                    remove(context);
                  }}
                >
                  <Trash2 size={13} aria-hidden />
                </button>
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Button
        size="sm"
        look="ghost"
        icon={Bookmark}
        disabled={!may || messages.length === 0 || over}
        className="max-phone:h-11"
        onClick={() => setName(open?.name ?? '')}
      >
        Keep…
      </Button>
    </>
  );
}
