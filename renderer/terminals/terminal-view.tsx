import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'react';
import type { TerminalId } from '../../shared/ids.ts';
import { type AttachedTerminal, attachTerminal } from './attached-terminal.ts';
import { FindBar } from './find-bar.tsx';
import type { TerminalConnection } from './terminal-connection.ts';

/** A live terminal: its screen and scrollback, the keyboard unless `readOnly`, find, and an honest line when it is over. */
export function TerminalView({
  terminalId,
  connection,
  readOnly = false,
  autoFocus = false,
}: {
  terminalId: TerminalId;
  connection: TerminalConnection;
  readOnly?: boolean;
  autoFocus?: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [attached, setAttached] = useState<AttachedTerminal>();
  const [ended, setEnded] = useState<{ exitCode: number | null }>();
  const [skipped, setSkipped] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const [finding, setFinding] = useState(false);

  useEffect(() => {
    if (!place.current) return;
    const made = attachTerminal({
      element: place.current,
      terminalId,
      connection,
      readOnly,
      label: readOnly ? 'Terminal, for viewing' : 'Terminal',
      notes: { onExit: (exitCode) => setEnded({ exitCode }), onSkipped: () => setSkipped(true), onRefused: setRefusal },
    });
    setAttached(made);
    if (autoFocus) made.focus();
    return () => {
      made.dispose();
      setAttached(undefined);
      setEnded(undefined);
      setSkipped(false);
      setRefusal(undefined);
    };
  }, [terminalId, connection, readOnly, autoFocus]);

  const closeFind = () => {
    setFinding(false);
    attached?.focus();
  };

  return (
    <section
      aria-label="Terminal"
      className="relative flex h-full min-h-0 flex-col"
      onKeyDownCapture={(event) => {
        if (event.key.toLowerCase() !== 'f' || !(event.metaKey || (event.ctrlKey && event.shiftKey))) return;
        event.preventDefault();
        event.stopPropagation();
        setFinding(true);
      }}
    >
      {finding && attached ? <FindBar search={attached.search} onClose={closeFind} /> : null}
      {skipped ? (
        <Line text="Output was passed over because this page was far behind. The screen is the present one.">
          <button type="button" className="underline" onClick={() => setSkipped(false)}>
            Dismiss
          </button>
        </Line>
      ) : null}
      {refusal ? <Line text={refusal} /> : null}
      <div ref={place} className="min-h-0 flex-1 overflow-hidden px-3 pt-2" />
      {ended ? (
        <Line
          text={ended.exitCode === null ? 'The process has ended.' : `The process ended with code ${ended.exitCode}.`}
        />
      ) : null}
    </section>
  );
}

function Line({ text, children }: { text: string; children?: React.ReactNode }) {
  return (
    <p
      role="status"
      className="flex shrink-0 items-center gap-3 border-line border-y bg-raised px-3 py-1 text-[12px] text-fg-2"
    >
      <span className="min-w-0 flex-1">{text}</span>
      {children}
    </p>
  );
}
