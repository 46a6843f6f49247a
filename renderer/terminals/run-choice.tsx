import { useShallow } from 'zustand/react/shallow';
import { go } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { SelectField } from '../ui/fields.tsx';
import { clockTime } from '../ui/format.ts';
import { runsOf } from './earlier-runs.ts';

/** Which run of a worker is played; nothing where there is only one. */
export function RunChoice({ id }: { id: string }) {
  const runs = useStore(
    useShallow((state) => {
      const terminal = state.rows.terminals[id];
      return terminal?.kind === 'worker' && terminal.workerId ? runsOf(terminal.workerId, state.rows.terminals) : [];
    }),
  );
  if (runs.length < 2) return null;
  return (
    <span className="shrink-0 max-phone:order-last max-phone:basis-full">
      <SelectField aria-label="Run" value={id} onChange={(event) => go({ view: 'recording', id: event.target.value })}>
        {runs.map((run, index) => (
          <option key={run.id} value={run.id}>
            Run {index + 1} of {runs.length}, {clockTime(run.createdAt)}
          </option>
        ))}
      </SelectField>
    </span>
  );
}
