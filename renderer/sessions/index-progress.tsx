import { Pause, Play, X } from 'lucide-react';
import { useState } from 'react';
import type { IndexState } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { bytes, plural } from '../ui/format.ts';
import { pauseIndex } from './use-index.ts';

const count = (value: number): string => value.toLocaleString('en-US').replaceAll(',', ' ');

/** What the index has read, while it has not read everything. Nothing once it has. */
export function IndexProgress({ index }: { index: IndexState }) {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  if (index.state === 'up-to-date') return <Rebuilt index={index} />;
  if (index.state === 'failed') {
    return <Problem className="mx-4 mb-3">The index stopped: {index.problem ?? 'it did not say why.'}</Problem>;
  }
  const paused = index.state === 'paused';
  const share = index.bytesTotal > 0 ? Math.min(100, (index.bytesDone / index.bytesTotal) * 100) : 0;
  return (
    <section
      aria-label="Progress of the index"
      className="mx-4 mb-3 grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 rounded-3 bg-surface px-3 py-2.5 ring-1 ring-inset ring-hair"
    >
      <p className="min-w-0 text-sm">
        <b className="font-medium">{paused ? 'Paused' : 'Reading what was said on this machine'}</b>{' '}
        <span className="figures text-ink-3">
          {count(index.filesDone)} of {plural(index.filesTotal, 'file')}, {bytes(index.bytesDone)} of{' '}
          {bytes(index.bytesTotal)}
        </span>
      </p>
      <Button
        size="sm"
        icon={paused ? Play : Pause}
        disabled={!admin}
        title={admin ? undefined : 'Only an administrator may do this'}
        className="max-phone:h-11"
        onClick={() => void pauseIndex(connection.client, !paused)}
      >
        {paused ? 'Go on' : 'Pause'}
      </Button>
      <div
        role="progressbar"
        aria-label="Read"
        aria-valuenow={Math.round(share)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="col-span-full h-1 overflow-hidden rounded-full bg-track"
      >
        <div className={paused ? 'h-full bg-ink-3' : 'h-full bg-accent'} style={{ width: `${share}%` }} />
      </div>
      <p className="col-span-full text-xs text-ink-3">
        {index.records > 0
          ? 'Search answers from what is read so far.'
          : `From ${index.folders.join(', ') || 'no folder yet'}.`}
      </p>
    </section>
  );
}

const rebuiltWords = {
  missing: 'The index was missing. It was made anew from the transcripts of this machine.',
  version: 'This version of Control Room has another index. It was made anew from the transcripts of this machine.',
  broken: 'The index was damaged. It was made anew from the transcripts of this machine.',
} as const;

/** Says that the index was made anew at this start, and why. */
function Rebuilt({ index }: { index: IndexState }) {
  const [seen, setSeen] = useState(false);
  if (!index.rebuilt || seen) return null;
  return (
    <p
      role="status"
      className="mx-4 mb-3 flex items-center gap-3 rounded-3 bg-surface px-3 py-1.5 text-sm ring-1 ring-hair ring-inset"
    >
      <span className="min-w-0 flex-1">{rebuiltWords[index.rebuilt]}</span>
      <Button look="ghost" size="sm" icon={X} aria-label="Close" onClick={() => setSeen(true)} />
    </p>
  );
}

/** The index in one line: "1 284 sessions, 1 100 000 messages". */
export function indexWords(index: IndexState): string {
  const words = `${count(index.sessions)} ${index.sessions === 1 ? 'session' : 'sessions'}, ${count(index.records)} ${
    index.records === 1 ? 'message' : 'messages'
  }`;
  return index.skippedLines > 0
    ? `${words}; ${count(index.skippedLines)} ${index.skippedLines === 1 ? 'line' : 'lines'} could not be read`
    : words;
}
