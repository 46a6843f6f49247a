import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { IndexProgress, indexWords } from '../sessions/index-progress.tsx';
import { pauseIndex, useIndex } from '../sessions/use-index.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { bytes } from '../ui/format.ts';
import { NumberRow } from './number-row.tsx';
import { Panel, SettingRow } from './panel.tsx';
import { SwitchRow } from './switch-row.tsx';
import { useSetting } from './use-setting.ts';

/** Which transcripts are read, how long what was deleted is kept, and how far the index is. */
export function SessionsSection() {
  return (
    <>
      <FoldersPanel />
      <KeepingPanel />
    </>
  );
}

function FoldersPanel() {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const { index, error } = useIndex();
  const folders = useSetting('sessionFolders');
  const own = folders.value ?? [];
  return (
    <Panel
      title="What is read"
      about="Every transcript of Claude Code in these folders, also of sessions that were started outside of Control Room."
    >
      <SettingRow label="Index" error={error}>
        {index && (
          <>
            <span className="figures">{indexWords(index)}</span>
            <span className="figures text-sm text-ink-3">{bytes(index.bytesDone)} read</span>
            {(index.state === 'up-to-date' || index.state === 'reading') && (
              <Button
                size="sm"
                disabled={!admin}
                className="max-phone:h-11"
                onClick={() => void pauseIndex(connection.client, true)}
              >
                Pause
              </Button>
            )}
          </>
        )}
      </SettingRow>
      {index && (
        <div className="pt-2 empty:hidden">
          <IndexProgress index={index} />
        </div>
      )}
      <SettingRow label="Claude’s folder" hint="always read; sessions are gone on with here">
        <code className="wrap-anywhere">{index?.folders[0] ?? ''}</code>
      </SettingRow>
      <SettingRow
        label="Further folders"
        hint="other configuration folders of Claude, or copies of one, with “projects” in them"
        error={folders.error}
        lockedBy={folders.lockedBy}
      >
        <div className="grid min-w-0 justify-items-start gap-1.5">
          {own.map((path) => (
            <span key={path} className="flex min-w-0 items-center gap-2">
              <code className="wrap-anywhere">{path}</code>
              <Button
                look="ghost"
                size="sm"
                icon={Trash2}
                aria-label={`Read ${path} no more`}
                disabled={folders.disabled}
                className="max-phone:size-11"
                onClick={() => void folders.save(own.filter((other) => other !== path))}
              />
            </span>
          ))}
          <NewFolder
            disabled={folders.disabled}
            onAdd={async (path) => own.includes(path) || folders.save([...own, path])}
          />
        </div>
      </SettingRow>
    </Panel>
  );
}

function NewFolder({ disabled, onAdd }: { disabled: boolean; onAdd: (path: string) => Promise<boolean> }) {
  const [path, setPath] = useState('');
  return (
    <form
      className="flex flex-wrap gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (path.trim()) void onAdd(path.trim()).then((saved) => saved && setPath(''));
      }}
    >
      <TextField
        mono
        aria-label="Folder to read"
        placeholder="/mnt/old-laptop/.claude"
        value={path}
        onChange={(event) => setPath(event.target.value)}
        className="w-72 max-phone:w-full"
      />
      <Button type="submit" icon={Plus} disabled={disabled || !path.trim()} className="max-phone:h-11">
        Add
      </Button>
    </form>
  );
}

function KeepingPanel() {
  const keep = useSetting('keepDeletedSessions');
  const age = useSetting('keepDeletedDays');
  const days = useSetting('trashDays');
  return (
    <Panel
      title="What is kept"
      about="Claude Code deletes old transcripts by itself; what it deleted is gone from its folder."
      end={
        <a
          href={hrefOf({ view: 'changes', deleted: true })}
          className="inline-flex items-center text-sm whitespace-nowrap text-accent-text hover:underline max-phone:h-11"
        >
          Deleted sessions
        </a>
      }
    >
      <SwitchRow
        setting={keep}
        label="Keep deleted sessions"
        name="Keep sessions that Claude deleted"
        hint={
          keep.value
            ? 'sessions whose files Claude deleted can still be read and searched; a second name of each file is kept in the data folder, or a copy where that is on another disk'
            : 'what such sessions said is removed from the index too'
        }
      />
      {keep.value && (
        <NumberRow
          setting={age}
          label="Keep them for"
          name="Days that sessions which Claude deleted are kept"
          hint={`days from the last message${age.value === 0 ? '; 0 keeps them for ever' : '; then what is kept of them is removed for good'}`}
          min={0}
          max={3650}
        />
      )}
      <NumberRow
        setting={days}
        label="Restorable for"
        name="Days until a deleted session is removed for good"
        hint="days after a session is deleted here; then its files are removed for good"
        min={1}
        max={365}
      />
    </Panel>
  );
}
