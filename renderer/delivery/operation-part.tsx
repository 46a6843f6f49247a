import { useState } from 'react';
import type { Operation } from '../../shared/delivery.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useDoing } from '../data/use-doing.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { ConflictList } from './conflict-list.tsx';
import { areaLook, Part } from './part.tsx';

/** A commit by its first letters, a branch by its name. */
const shortName = (name: string): string => (/^[0-9a-f]{40,64}$/.test(name) ? name.slice(0, 8) : name);

/** What stands half way in the worktree, with the ways out of it. */
export function OperationPart({
  id,
  operation,
  hasWorker,
  onDone,
}: {
  id: WorktreeId;
  operation: Operation;
  hasWorker: boolean;
  onDone: () => void;
}) {
  const { connection } = useApp();
  const { client } = connection;
  const [note, setNote] = useState('');
  const doing = useDoing();
  const { conflicts } = operation;
  const run = async (name: string, call: () => Promise<string>): Promise<void> => {
    const said = await doing.run(name, call);
    if (said) tell(said);
    onDone();
  };
  return (
    <Part
      title={`A ${operation.kind} stands half way`}
      end={operation.with ? `with ${shortName(operation.with)}` : undefined}
    >
      {conflicts.length > 0 ? (
        <>
          <p className="text-sm text-ink-2">{plural(conflicts.length, 'file')} in conflict:</p>
          <ConflictList conflicts={conflicts.map((path) => ({ path, kind: '', message: '' }))} />
          {hasWorker && (
            <textarea
              aria-label="A note for the worker"
              placeholder="A note for the worker, if you like"
              rows={2}
              value={note}
              onChange={(event) => setNote(event.target.value)}
              className={areaLook}
            />
          )}
        </>
      ) : (
        <p className="text-sm text-ink-2">No path is in conflict any more. Go on, and it is done.</p>
      )}
      {doing.error && <Problem>{doing.error}</Problem>}
      <div className="flex flex-wrap gap-1.5">
        {conflicts.length > 0 && hasWorker && (
          <Button
            look="primary"
            disabled={doing.busy !== null}
            className="max-phone:h-11"
            onClick={() =>
              void run('ask', async () => {
                await client.delivery.askToResolve({ id, note });
                return 'The worker was asked to resolve it.';
              })
            }
          >
            Ask the worker to resolve
          </Button>
        )}
        <Button
          look={conflicts.length === 0 ? 'primary' : 'plain'}
          disabled={doing.busy !== null || conflicts.length > 0}
          title={conflicts.length > 0 ? 'Once no path is in conflict' : undefined}
          className="max-phone:h-11"
          onClick={() =>
            void run('continue', async () => {
              const { state } = await client.delivery.continue({ id });
              return state === 'done' ? `The ${operation.kind} is done.` : 'The next step is in conflict too.';
            })
          }
        >
          Go on
        </Button>
        <Button
          look="danger"
          disabled={doing.busy !== null}
          title="Everything is as before it began"
          className="max-phone:h-11"
          onClick={() =>
            void run('abort', async () => {
              await client.delivery.abort({ id });
              return `The ${operation.kind} was aborted: everything is as before it began.`;
            })
          }
        >
          Abort
        </Button>
      </div>
    </Part>
  );
}
