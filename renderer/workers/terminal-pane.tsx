import { type ComponentType, lazy, Suspense } from 'react';
import type { TerminalId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import type { Connection } from '../data/connection.ts';

interface TerminalViewProps {
  terminalId: TerminalId;
  connection: Connection['terminals'];
  readOnly?: boolean;
  autoFocus?: boolean;
}

const modules = import.meta.glob<{ TerminalView: ComponentType<TerminalViewProps> }>('../terminals/terminal-view.tsx');

const TerminalView = lazy(async (): Promise<{ default: ComponentType<TerminalViewProps> }> => {
  const load = Object.values(modules)[0];
  if (!load) return { default: () => null };
  return { default: (await load()).TerminalView };
});

/** A live terminal. xterm is loaded when the first one is shown. */
export function TerminalPane({
  terminalId,
  readOnly = false,
  autoFocus = true,
}: {
  terminalId: string;
  readOnly?: boolean;
  autoFocus?: boolean;
}) {
  const { connection } = useApp();
  return (
    <div data-terminal className="min-h-0 flex-1 overflow-hidden bg-term-bg">
      <Suspense fallback={null}>
        <TerminalView
          key={terminalId}
          terminalId={terminalId as TerminalId}
          connection={connection.terminals}
          readOnly={readOnly}
          autoFocus={autoFocus}
        />
      </Suspense>
    </div>
  );
}
