import { LayoutGrid, PanelsTopLeft } from 'lucide-react';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Segments } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { isEarlierRun } from './earlier-runs.ts';
import { TerminalWall } from './terminal-wall.tsx';
import { TerminalWorkspace } from './terminal-workspace.tsx';

/** All terminals: in tabs and splits to work in, or on a wall to look at. */
export function TerminalsView({ openId, wall }: { openId: string | null; wall: boolean }) {
  const { terminals, workers } = useStore((state) => state.rows);
  const { connection } = useApp();
  const rows = Object.values(terminals).filter((terminal) => !isEarlierRun(terminal, workers));
  const running = rows.filter(({ state }) => state === 'running').length;
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4">
        <h1 className="text-md font-strong tracking-[-.01em]">Terminals</h1>
        <span className="text-sm text-ink-3">
          {rows.length === 0
            ? ''
            : running === rows.length
              ? plural(running, 'running', 'running')
              : `${running} of ${rows.length} running`}
        </span>
        <span className="ml-auto">
          <Segments
            label="How terminals are shown"
            value={wall ? 'wall' : 'tabs'}
            onChange={(value) => go({ view: 'terminals', wall: value === 'wall' })}
            options={[
              {
                value: 'tabs',
                title: 'Tabs',
                label: (
                  <>
                    <PanelsTopLeft size={14} aria-hidden /> Tabs
                  </>
                ),
              },
              {
                value: 'wall',
                title: 'Wall',
                label: (
                  <>
                    <LayoutGrid size={14} aria-hidden /> Wall
                  </>
                ),
              },
            ]}
          />
        </span>
      </div>
      {wall ? <TerminalWall /> : <TerminalWorkspace openId={openId} client={connection.client} />}
    </main>
  );
}
