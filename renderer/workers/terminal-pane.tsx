import { lazy, Suspense } from 'react';
import type { TerminalId } from '../../shared/ids.ts';

const TerminalView = lazy(async () => ({ default: (await import('../terminals/terminal-view.tsx')).TerminalView }));

/** A live terminal. xterm is loaded when the first one is shown. */
export function TerminalPane({ terminalId, readOnly = false }: { terminalId: TerminalId; readOnly?: boolean }) {
  return (
    <div className="min-h-0 flex-1 overflow-hidden bg-term-bg">
      <Suspense fallback={null}>
        <TerminalView key={terminalId} terminalId={terminalId} readOnly={readOnly} focus={!readOnly} />
      </Suspense>
    </div>
  );
}
