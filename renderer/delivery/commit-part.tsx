import { Sparkles } from 'lucide-react';
import { useState } from 'react';
import type { Delivery } from '../../shared/delivery.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useDoing } from '../data/use-doing.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { areaLook, Part, Tick } from './part.tsx';

/** Makes a commit of what is staged, or of all there is; the message is written here or suggested. */
export function CommitPart({ id, facts, onDone }: { id: WorktreeId; facts: Delivery; onDone: () => void }) {
  const { connection } = useApp();
  const { client } = connection;
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const suggestion = worktree?.suggestion ?? null;
  const [message, setMessage] = useState('');
  const [amend, setAmend] = useState(false);
  const [skipHooks, setSkipHooks] = useState(false);
  const doing = useDoing();
  const { uncommitted, staged } = facts;
  const nothing = uncommitted === 0 && !amend;
  // With nothing to commit only the last commit can be changed, and that is seldom wanted.
  const open = uncommitted > 0 || amend;
  const what = staged > 0 ? plural(staged, 'staged file') : plural(uncommitted, 'file');

  const suggest = async (): Promise<void> => {
    const said = await doing.run('suggest', () => client.delivery.suggestMessage({ id, by: 'changes' }));
    if (said?.message) setMessage(said.message);
  };
  const commit = async (): Promise<void> => {
    const made = await doing.run('commit', () => client.delivery.commit({ id, message, amend, skipHooks }));
    if (!made) return;
    setMessage('');
    setAmend(false);
    tell(`${plural(made.files, 'file')} committed as ${made.commit.slice(0, 8)}.`);
    onDone();
  };
  return (
    <Part
      title="Commit"
      end={
        uncommitted === 0
          ? 'everything is committed'
          : staged > 0
            ? `${staged} of ${uncommitted} staged`
            : `${uncommitted} not committed`
      }
    >
      {!open && facts.ahead > 0 && (
        <Button
          size="sm"
          look="ghost"
          className="-ml-2 justify-self-start text-ink-2 max-phone:h-11"
          onClick={() => setAmend(true)}
        >
          Change the last commit’s message…
        </Button>
      )}
      {open && (
        <form
          className="grid gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void commit();
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
              event.preventDefault();
              event.stopPropagation();
              void commit();
            }
          }}
        >
          <textarea
            aria-label="Commit message"
            placeholder="What changed, and why"
            rows={3}
            value={message}
            onChange={(event) => setMessage(event.target.value)}
            className={areaLook}
          />
          <div className="flex flex-wrap items-center gap-1.5">
            <Button
              size="sm"
              icon={Sparkles}
              disabled={doing.busy !== null || nothing}
              className="max-phone:h-11"
              onClick={() => void suggest()}
            >
              Suggest
            </Button>
            <Button
              size="sm"
              look="ghost"
              disabled={doing.busy !== null || nothing || !worktree?.workerId || suggestion?.state === 'asked'}
              className="max-phone:h-11"
              onClick={() => void doing.run('ask', () => client.delivery.suggestMessage({ id, by: 'worker' }))}
            >
              {suggestion?.state === 'asked' ? 'The worker writes one…' : 'Ask the worker'}
            </Button>
          </div>
          {suggestion?.state === 'ready' && suggestion.message && suggestion.message !== message && (
            <div className="grid gap-1.5 rounded-3 bg-accent-bg p-2 text-sm ring-1 ring-accent-line ring-inset">
              <p className="whitespace-pre-wrap wrap-anywhere">{suggestion.message}</p>
              <Button
                size="sm"
                className="justify-self-start max-phone:h-11"
                onClick={() => setMessage(suggestion.message ?? '')}
              >
                Use the worker’s message
              </Button>
            </div>
          )}
          {suggestion?.state === 'failed' && (
            <p className="text-sm text-needs">The worker gave no message. Write one, or take the suggestion.</p>
          )}
          {facts.ahead > 0 && uncommitted > 0 && (
            <Tick checked={amend} onChange={setAmend}>
              Put it into the last commit
            </Tick>
          )}
          <Tick checked={skipHooks} onChange={setSkipHooks}>
            Skip the repository’s hooks
          </Tick>
          {doing.error && <Problem>{doing.error}</Problem>}
          <div className="grid grid-flow-col auto-cols-[1fr_auto] gap-1.5">
            <Button
              type="submit"
              look="primary"
              keys="mod+Enter"
              disabled={doing.busy !== null || nothing || message.trim() === ''}
              className="max-phone:h-12"
            >
              {doing.busy === 'commit'
                ? 'Committing…'
                : amend && uncommitted === 0
                  ? 'Change the message'
                  : `Commit ${what}`}
            </Button>
            {uncommitted === 0 && (
              <Button look="ghost" className="max-phone:h-12" onClick={() => setAmend(false)}>
                Cancel
              </Button>
            )}
          </div>
        </form>
      )}
    </Part>
  );
}
