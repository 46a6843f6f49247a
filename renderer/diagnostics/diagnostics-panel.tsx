import { Download, FileSearch } from 'lucide-react';
import { useState } from 'react';
import type { DiagnosticsPart } from '../../shared/diagnostics.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { bytes } from '../ui/format.ts';
import { saveBytes } from '../ui/save-file.ts';

/** Longer texts are shown by their end: there stands what happened last. */
const shownCharacters = 20_000;

/** What helps others to find a fault, to be looked through before it is saved and given away. */
export function DiagnosticsPanel() {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const [shown, setShown] = useState<{ id: string; parts: readonly DiagnosticsPart[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const during = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await work();
      setError(null);
    } catch (problem) {
      setError(errorText(problem));
    } finally {
      setBusy(false);
    }
  };
  const look = () => during(async () => setShown(await connection.client.diagnostics.preview()));
  const save = () =>
    during(async () => {
      const { fileName, mediaType, contentBase64 } = await connection.client.diagnostics.bundle(
        shown ? { id: shown.id } : {},
      );
      saveBytes(
        fileName,
        mediaType,
        Uint8Array.from(atob(contentBase64), (letter) => letter.charCodeAt(0)),
      );
    });
  return (
    <Panel
      title="Diagnostics"
      about="Versions, configuration, what the doctor found, the newest of the log, in one file. No secrets, nothing of any conversation."
      end={
        <span className="flex flex-wrap justify-end gap-2">
          <Button
            size="sm"
            icon={FileSearch}
            className="max-phone:h-11"
            disabled={busy || !admin}
            onClick={() => void look()}
          >
            {busy ? 'Collecting…' : 'Look at it'}
          </Button>
          <Button
            size="sm"
            icon={Download}
            className="max-phone:h-11"
            disabled={busy || !admin}
            onClick={() => void save()}
          >
            Save
          </Button>
        </span>
      }
    >
      {error && <Problem className="m-3">{error}</Problem>}
      {shown && (
        <ul aria-label="What is in it">
          {shown.parts.map((part) => (
            <li key={part.name} className="border-t border-hair-soft first:border-t-0">
              <details>
                <summary className="focus-inset flex min-h-8 cursor-pointer items-center gap-3 px-4 py-1 hover:bg-hover max-phone:min-h-11">
                  <code className="text-sm">{part.name}</code>
                  <span className="min-w-0 flex-1 truncate text-sm text-ink-3">{part.about}</span>
                  <span className="figures text-sm text-ink-3">{bytes(part.text.length)}</span>
                </summary>
                <pre className="mx-4 mb-3 max-h-80 overflow-auto rounded-2 bg-well p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
                  {part.text.length > shownCharacters ? `…\n${part.text.slice(-shownCharacters)}` : part.text}
                </pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
