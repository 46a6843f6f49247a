import { FileUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { type Imported, maxImportChars } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';

/** Takes in a transcript or an exported session, and says what was found in it. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const picker = useRef<HTMLInputElement>(null);
  const [path, setPath] = useState('');
  const [doing, setDoing] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [done, setDone] = useState<Imported | null>(null);

  const run = async (read: () => Promise<Parameters<typeof connection.client.sessions.import>[0]>): Promise<void> => {
    setDoing(true);
    setError(null);
    setDone(null);
    try {
      setDone(await connection.client.sessions.import(await read()));
    } catch (problem) {
      setError(errorText(problem));
    } finally {
      setDoing(false);
    }
  };
  const take = (file: File | undefined): void => {
    if (!file) return;
    if (file.size > maxImportChars) {
      setError(
        `${file.name} is too large to be sent (${Math.round(file.size / 1_000_000)} MB). Name its path on the machine Control Room runs on instead.`,
      );
      return;
    }
    void run(async () => ({ fileName: file.name, content: await file.text() }));
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title="Import a session"
      description="A transcript of Claude Code (.jsonl) can be gone on with; a session saved here as JSON can be read and searched."
      width={520}
    >
      <div className="grid min-h-0 gap-3 overflow-y-auto p-5 pt-2">
        {!admin && <p className="text-sm text-ink-3">Only an administrator may import.</p>}
        <input
          ref={picker}
          type="file"
          accept=".jsonl,.json,application/json"
          aria-label="File to import"
          className="hidden"
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <span>
          <Button
            icon={FileUp}
            disabled={!admin || doing}
            className="max-phone:h-11"
            onClick={() => picker.current?.click()}
          >
            {doing ? 'Reading…' : 'Choose a file'}
          </Button>
        </span>
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (path.trim()) void run(async () => ({ path: path.trim() }));
          }}
        >
          <TextField
            mono
            aria-label="Path of the file"
            placeholder="or its path on that machine"
            value={path}
            className="flex-1"
            onChange={(event) => setPath(event.target.value)}
          />
          <Button type="submit" disabled={!admin || doing || !path.trim()} className="max-phone:h-11">
            Import
          </Button>
        </form>
        {error && <Problem>{error}</Problem>}
        {done && <Result imported={done} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

function Result({ imported, onClose }: { imported: Imported; onClose: () => void }) {
  const { lines, messages, skippedLines, problems, renamed, kind, sessionId } = imported;
  return (
    <section aria-label="What was imported" className="grid gap-2 rounded-3 p-3 ring-1 ring-hair ring-inset">
      <p role="status">
        {plural(messages, 'message')} in {plural(lines, kind === 'export' ? 'record' : 'line')} taken in
        {skippedLines > 0 ? `; ${plural(skippedLines, 'line')} could not be read` : ''}.
      </p>
      {renamed && (
        <p className="text-sm text-ink-2">A session with its id was here already, so this copy has an id of its own.</p>
      )}
      {problems.length > 0 && (
        <ul className="max-h-32 overflow-y-auto text-sm text-ink-3">
          {problems.map(({ line, problem }) => (
            <li key={line} className="wrap-anywhere">
              Line {line}: {problem}
            </li>
          ))}
        </ul>
      )}
      <span>
        <Button
          look="primary"
          className="max-phone:h-11"
          onClick={() => {
            onClose();
            go({ view: 'session', id: sessionId, at: null, find: '' });
          }}
        >
          Read it
        </Button>
      </span>
    </section>
  );
}
