import { Play } from 'lucide-react';
import { allows } from '../../shared/access.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import type { ScriptRun } from '../../shared/worktrees.ts';
import { useApp } from '../app/app-context.ts';
import { go, hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { useDoing } from '../data/use-doing.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { Since } from '../ui/instruments.tsx';
import { Pane } from '../ui/pane.tsx';

const names: Record<ScriptRun['kind'], string> = { setup: 'Set-up', run: 'Run', teardown: 'Teardown' };
const stateLooks = { running: 'text-working', done: 'text-done', failed: 'text-failed' } as const;

/** Ports, scripts and what is worth knowing of how a worktree was made; nothing where there is nothing of it. */
export function WorktreeFacts({ id }: { id: WorktreeId }) {
  const { connection } = useApp();
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const may = useStore((state) => allows(state.access, 'reply'));
  const projectId = worktree?.projectId;
  const { value: configuration } = useAsked(projectId ?? null, '', async (client, signal) =>
    projectId ? client.worktrees.configuration({ projectId }, { signal }) : null,
  );
  const doing = useDoing();
  if (!worktree) return null;
  const { portBase, notes, scripts } = worktree;
  const kinds = (['setup', 'run', 'teardown'] as const).filter(
    (kind) =>
      scripts.some((script) => script.kind === kind) ||
      (kind !== 'teardown' && (configuration?.[kind].length ?? 0) > 0),
  );
  if (portBase === null && notes.length === 0 && kinds.length === 0) return null;
  const run = async (kind: ScriptRun['kind']): Promise<void> => {
    const row = await doing.run(kind, () => connection.client.worktrees.runScript({ id, kind }));
    const terminalId = row?.scripts.find((script) => script.kind === kind)?.terminalId;
    if (terminalId) go({ view: 'terminal', id: terminalId });
  };
  return (
    <Pane title="Worktree" end={portBase !== null ? `ports ${portBase} to ${portBase + 9}` : undefined}>
      {kinds.map((kind) => {
        const last = scripts.find((script) => script.kind === kind);
        return (
          <p key={kind} className="flex min-h-7 items-center gap-2 text-sm max-phone:min-h-11">
            <span className="w-16 text-ink-3">{names[kind]}</span>
            <span className="min-w-0 flex-1 truncate">
              {last ? (
                <>
                  {last.terminalId ? (
                    <a
                      href={hrefOf({ view: 'terminal', id: last.terminalId })}
                      className={`${stateLooks[last.state]} hover:underline`}
                    >
                      {last.state}
                    </a>
                  ) : (
                    <span className={stateLooks[last.state]}>{last.state}</span>
                  )}
                  {last.state === 'failed' && last.exitCode !== null && ` with ${last.exitCode}`}{' '}
                  <Since at={last.endedAt ?? last.startedAt} after="ago" className="text-xs text-ink-3" />
                </>
              ) : (
                <span className="text-ink-3">not run yet</span>
              )}
            </span>
            <Button
              look="ghost"
              size="xs"
              icon={Play}
              aria-label={`Run ${names[kind].toLowerCase()} in a terminal`}
              disabled={!may || doing.busy !== null || configuration?.runs === false || last?.state === 'running'}
              className="max-phone:size-11"
              onClick={() => void run(kind)}
            />
          </p>
        );
      })}
      {kinds.length > 0 && configuration?.runs === false && (
        <p className="text-xs text-needs">Not run: the project is not trusted.</p>
      )}
      {notes.map((note) => (
        <p key={note} className="text-sm text-needs">
          {note}
        </p>
      ))}
      {doing.error && <Problem className="mt-1">{doing.error}</Problem>}
    </Pane>
  );
}
