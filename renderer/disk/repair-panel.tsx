import { Wrench } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { RepairFinding } from '../../shared/worktrees.ts';
import { useApp } from '../app/app-context.ts';
import { useStore } from '../data/store.ts';
import { useDoing } from '../data/use-doing.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';

const looks = { open: 'needs', done: 'done', manual: 'line' } as const;
const words = { open: 'can be repaired', done: 'repaired', manual: 'yours to decide' } as const;

/** Where git, the disk and what is known here disagree, and what becomes of each case. */
export function RepairPanel() {
  const { connection } = useApp();
  const may = useStore((state) => allows(state.access, 'admin'));
  const [findings, setFindings] = useState<readonly RepairFinding[] | null>(null);
  const doing = useDoing();
  const look = async (apply: boolean): Promise<void> => {
    const said = await doing.run(apply ? 'apply' : 'look', () => connection.client.worktrees.repair({ apply }));
    if (said) setFindings(said.findings);
  };
  const open = findings?.filter(({ state }) => state === 'open').length ?? 0;
  return (
    <Panel
      title="Repair"
      about="For worktrees that were moved, deleted, locked or half made behind our back. Nothing is lost by it."
      end={
        <span className="flex gap-1.5">
          <Button
            size="sm"
            disabled={!may || doing.busy !== null}
            className="max-phone:h-11"
            onClick={() => void look(false)}
          >
            {doing.busy === 'look' ? 'Looking…' : 'Look'}
          </Button>
          {open > 0 && (
            <Button
              size="sm"
              look="primary"
              icon={Wrench}
              disabled={!may || doing.busy !== null}
              className="max-phone:h-11"
              onClick={() => void look(true)}
            >
              {doing.busy === 'apply' ? 'Repairing…' : `Repair ${open}`}
            </Button>
          )}
        </span>
      }
    >
      {doing.error && <Problem className="m-3">{doing.error}</Problem>}
      {findings?.length === 0 && <p className="px-4 py-3 text-sm text-ink-2">Git, the disk and Control Room agree.</p>}
      {findings && findings.length > 0 && (
        <ul aria-label={plural(findings.length, 'finding')}>
          {findings.map((one) => (
            <li key={`${one.kind} ${one.path}`} className="border-t border-hair-soft px-4 py-2 first:border-t-0">
              <span className="flex flex-wrap items-center gap-2">
                <Chip look={looks[one.state]}>{words[one.state]}</Chip>
                <span className="min-w-0 flex-1 basis-48 wrap-anywhere">{one.problem}</span>
              </span>
              <span className="block text-sm wrap-anywhere text-ink-2">{one.outcome}</span>
              <code className="block truncate text-xs text-ink-3">{one.path}</code>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
