import { Download, History, Info, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Backup } from '../../shared/backups.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { bytes, clockTime, duration, exactTime, plural } from '../ui/format.ts';
import { saveBlob } from '../ui/save-file.ts';
import { fetchBackup } from './carry-file.ts';
import { RestoreDialog } from './restore-dialog.tsx';
import { Downloading } from './take-in.tsx';
import { useAttempt } from './use-attempt.ts';

/** One backup: when, why, how large; what is in it on request. */
export function BackupRow({ backup, hasPassphrase }: { backup: Backup; hasPassphrase: boolean }) {
  const { connection } = useApp();
  const { busy, attempt } = useAttempt();
  const [shows, setShows] = useState<'nothing' | 'facts' | 'delete' | 'restore'>('nothing');
  const { backup_filename } = backup;
  const when = clockTime(backup.createdAt);
  const remove = (): void =>
    void attempt(async () => {
      await connection.client.backups.remove({ backup_filename });
      tell(`The backup of ${when} was deleted.`);
    });
  const [part, setPart] = useState<number | null>(null);
  const fetching = useRef<AbortController | null>(null);
  useEffect(() => () => fetching.current?.abort(), []);
  const download = async (): Promise<void> => {
    const ended = new AbortController();
    fetching.current = ended;
    setPart(0);
    try {
      const file = await fetchBackup(connection.client, backup, { signal: ended.signal, onPart: setPart });
      saveBlob(backup_filename, file);
    } catch (error) {
      if (!ended.signal.aborted) tell(errorText(error), { tone: 'error' });
    } finally {
      setPart(null);
    }
  };
  const verify = (): void =>
    void attempt(async () => {
      const result = await connection.client.backups.verify({ backup_filename });
      if (result.ok) tell(`Read back whole: ${plural(result.rows, 'row')}, ${duration(result.tookMs, true)}.`);
      else tell(result.problem ?? 'It is damaged.', { tone: 'error' });
    });
  return (
    <li className="border-t border-hair-soft px-4 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="min-w-0 flex-1 basis-56">
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span className="figures font-medium" title={exactTime(backup.createdAt)}>
              {when}
            </span>
            <Chip>{backup.type}</Chip>
            {backup.encrypted && <Chip look="accent">encrypted</Chip>}
            {backup.second?.problem && (
              <Chip look="failed" title={backup.second.problem}>
                no second copy
              </Chip>
            )}
            <span className="figures text-sm text-ink-3">
              {bytes(backup.sizeBytes)}
              {backup.sizeBytes < backup.databaseBytes && ` of ${bytes(backup.databaseBytes)}`}
            </span>
          </span>
          {backup.description && <span className="block truncate text-sm text-ink-2">{backup.description}</span>}
        </span>
        <span className="flex gap-1">
          <Button
            size="sm"
            icon={History}
            disabled={busy}
            aria-label={`Restore the backup of ${when}`}
            className="max-phone:h-11"
            onClick={() => setShows('restore')}
          >
            Restore
          </Button>
          <Button
            size="sm"
            look="ghost"
            icon={Download}
            aria-label={`Download the backup of ${when}`}
            disabled={part !== null}
            className="max-phone:size-11"
            onClick={() => void download()}
          />
          <Button
            size="sm"
            look="ghost"
            icon={Info}
            aria-label={`What is in the backup of ${when}`}
            aria-expanded={shows === 'facts'}
            className="max-phone:size-11"
            onClick={() => setShows(shows === 'facts' ? 'nothing' : 'facts')}
          />
          <Button
            size="sm"
            look="ghost"
            icon={Trash2}
            aria-label={`Delete the backup of ${when}`}
            aria-expanded={shows === 'delete'}
            disabled={busy}
            className="max-phone:size-11"
            onClick={() => setShows(shows === 'delete' ? 'nothing' : 'delete')}
          />
        </span>
      </div>
      {part !== null && (
        <Downloading part={part} sizeBytes={backup.sizeBytes} onCancel={() => fetching.current?.abort()} />
      )}
      {shows === 'delete' && (
        <div className="flex flex-wrap items-center gap-2 pt-2 text-sm">
          <span className="flex-1 basis-48 text-ink-2">
            It cannot be had back, nor its copy at the second location.
          </span>
          <Button size="sm" look="danger" disabled={busy} className="max-phone:h-11" onClick={remove}>
            Delete it
          </Button>
          <Button size="sm" look="ghost" className="max-phone:h-11" onClick={() => setShows('nothing')}>
            Keep it
          </Button>
        </div>
      )}
      {shows === 'facts' && (
        <Facts backup={backup}>
          <Button size="sm" disabled={busy} className="max-phone:h-11" onClick={verify}>
            Read it back now
          </Button>
        </Facts>
      )}
      {shows === 'restore' && (
        <RestoreDialog
          backup={backup}
          needsPassphrase={backup.encrypted && !hasPassphrase}
          onClose={() => setShows('nothing')}
        />
      )}
    </li>
  );
}

function Facts({ backup, children }: { backup: Backup; children: React.ReactNode }) {
  const { copy, verify, pack } = backup.tookMs;
  const held = ['projects', 'workers', 'messages', 'session_marks', 'audit']
    .filter((table) => backup.counts[table])
    .map(
      (table) =>
        `${backup.counts[table]?.toLocaleString('en-US')} ${table.replace('session_marks', 'marked sessions')}`,
    );
  const rows: [string, React.ReactNode][] = [
    ['File', <code key="file">{backup.backup_filename}</code>],
    ['SHA-256', <code key="sum">{backup.sha256}</code>],
    ['Holds', held.join(', ') || 'no rows yet'],
    [
      'Besides',
      backup.includes.includes('keys')
        ? 'the keys of this machine and config.json'
        : 'no keys: those are secrets, and stay on this machine',
    ],
    [
      'Made by',
      backup.appVersion === 'unknown'
        ? `another Control Room, schema ${backup.schemaVersion}`
        : `Control Room ${backup.appVersion}, schema ${backup.schemaVersion}`,
    ],
    [
      'Took',
      `${duration(copy, true)} to copy, ${duration(verify, true)} to check, ${duration(pack, true)} to pack and read back`,
    ],
    ...(backup.second
      ? [
          ['Second copy', backup.second.problem ?? <code key="second">{backup.second.path}</code>] satisfies [
            string,
            React.ReactNode,
          ],
        ]
      : []),
  ];
  return (
    <div className="pt-2">
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="min-w-0 wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="pt-2">{children}</div>
    </div>
  );
}
