import { Pencil, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { ConfigEntry, Configuration } from '../../shared/configuration.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';
import { Panel, SettingRow } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Switch, TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { CopyValue } from '../workers/facts-tab.tsx';
import { LogLevelRow } from './log-level-row.tsx';
import { OptionEditor } from './option-editor.tsx';

const sourceWords: Record<ConfigEntry['source'], string> = {
  flag: 'flag',
  environment: 'variable',
  profile: 'profile',
  file: 'file',
  settings: 'settings',
  default: 'default',
};

/** What this was started with: each option, where its value comes from, and whether a change waits for a restart. */
export function ConfigurationSection() {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const { value, error } = useStream('configuration', (client, signal) =>
    client.configuration.watch(undefined, { signal }),
  );
  const [reading, setReading] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [givenOnly, setGivenOnly] = useState(false);
  const [find, setFind] = useState('');
  if (!admin) return <p className="text-ink-2">Only who may do everything sees the configuration.</p>;
  const readAgain = async (): Promise<void> => {
    setReading(true);
    try {
      await connection.client.configuration.reload();
      setFailed(null);
    } catch (problem) {
      setFailed(errorText(problem));
    } finally {
      setReading(false);
    }
  };
  const problem = failed ?? error;
  return (
    <>
      {problem && <Problem>{problem}</Problem>}
      <Panel
        title="Configuration file"
        about="Flags win over variables, those over the file’s profile, that over the file, that over the settings here."
        end={
          <Button
            size="sm"
            icon={RotateCw}
            className="max-phone:h-11"
            disabled={reading}
            onClick={() => void readAgain()}
          >
            Read again
          </Button>
        }
      >
        {value && <FileRows value={value} />}
        <LogLevelRow />
      </Panel>
      <Panel
        title="Options"
        about="What a start can be told, and what it was told. A change is written into the file; “at a start” says that it holds from the next start on."
      >
        <div className="flex flex-wrap items-center gap-3 border-b border-hair-soft px-4 py-2">
          <TextField
            aria-label="Find an option"
            placeholder="Find an option"
            value={find}
            onChange={(event) => setFind(event.target.value)}
            className="w-56"
          />
          <span className="flex items-center gap-2 text-sm text-ink-2">
            <Switch aria-label="Given ones alone" checked={givenOnly} onCheckedChange={setGivenOnly} />
            given ones alone
          </span>
        </div>
        {value && <OptionList entries={value.entries} find={find} givenOnly={givenOnly} />}
      </Panel>
    </>
  );
}

function FileRows({ value }: { value: Configuration }) {
  const { path, exists, profile, profiles, lastReload, problems } = value;
  const waiting = value.entries.filter((entry) => entry.waitsForRestart);
  return (
    <>
      <SettingRow label="File" hint={exists ? undefined : 'there is none yet'}>
        <CopyValue value={path} />
      </SettingRow>
      <SettingRow
        label="Profile"
        hint={profiles.length > 0 ? `it has ${profiles.join(', ')}; chosen with --profile` : 'the file has none'}
      >
        {profile ?? 'none'}
      </SettingRow>
      {lastReload && (
        <SettingRow label="Last change">
          <span className="text-sm text-ink-2">
            <Since at={lastReload.at} after="ago" />
            {lastReload.problem === null &&
              ` · ${lastReload.applied.length > 0 ? `now in use: ${lastReload.applied.join(', ')}` : 'nothing that could be taken at once'}`}
          </span>
        </SettingRow>
      )}
      {waiting.length > 0 && (
        <p role="status" className="border-t border-hair-soft bg-needs-bg px-4 py-2 text-sm">
          {plural(waiting.length, 'change')} of the file {waiting.length === 1 ? 'waits' : 'wait'} for a restart:{' '}
          {waiting.map(({ name }) => name).join(', ')}.
        </p>
      )}
      {problems.length > 0 && (
        <ul className="grid gap-1.5 border-t border-hair-soft px-4 py-2.5">
          {problems.map(({ severity, message }) => (
            <li key={message}>
              {severity === 'error' ? (
                <Problem>{`${message} What was before holds.`}</Problem>
              ) : (
                <p className="text-sm text-needs wrap-anywhere">{message}</p>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function OptionList({
  entries,
  find,
  givenOnly,
}: {
  entries: readonly ConfigEntry[];
  find: string;
  givenOnly: boolean;
}) {
  const words = find.trim().toLowerCase();
  const shown = entries.filter(
    (entry) =>
      (!givenOnly || entry.source !== 'default') &&
      `${entry.name} ${entry.variable} ${entry.flag} ${entry.about} ${entry.value ?? ''}`.toLowerCase().includes(words),
  );
  if (shown.length === 0) return <p className="px-4 py-3 text-ink-2">No option fits.</p>;
  return (
    <ul>
      {shown.map((entry) => (
        <OptionRow key={entry.name} entry={entry} />
      ))}
    </ul>
  );
}

function OptionRow({ entry }: { entry: ConfigEntry }) {
  const [open, setOpen] = useState(false);
  const { name, about, value, source, by, overridden, variable, flag, needsRestart, waitsForRestart } = entry;
  const isGiven = source !== 'default';
  return (
    <li className="grid grid-cols-[190px_minmax(0,1fr)_auto] items-baseline gap-x-3 border-t border-hair-soft px-4 py-1.5 first:border-t-0 max-phone:grid-cols-1 max-phone:py-2.5">
      <div className="min-w-0">
        <span className="font-medium wrap-anywhere">{name}</span>
        <p className="text-2xs text-ink-3 wrap-anywhere">
          <code>{variable}</code> · <code>{flag}</code>
        </p>
      </div>
      <div className="min-w-0">
        <span className={cx('font-mono text-sm wrap-anywhere', isGiven ? 'text-ink' : 'text-ink-2')}>
          {value === null ? '(hidden)' : value === '' ? 'none' : value}
        </span>
        <p className="text-sm text-ink-3 wrap-anywhere">
          {about}
          {overridden.length > 0 && `; wins over ${overridden.join(', ')}`}
        </p>
      </div>
      <div className="flex flex-wrap justify-end gap-1.5 max-phone:justify-start">
        {isGiven && <Chip title={by}>{source === 'environment' ? by : sourceWords[source]}</Chip>}
        {waitsForRestart ? <Chip look="needs">waits for a restart</Chip> : needsRestart && <Chip>at a start</Chip>}
        <Button
          size="xs"
          look="ghost"
          icon={Pencil}
          aria-label={`Change ${name}`}
          aria-expanded={open}
          className="max-phone:size-11"
          onClick={() => setOpen(!open)}
        />
      </div>
      {open && <OptionEditor entry={entry} onClose={() => setOpen(false)} />}
    </li>
  );
}
