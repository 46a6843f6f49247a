import { Download, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ImportReport } from '../../shared/database.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Switch } from '../ui/fields.tsx';
import { bytes, plural } from '../ui/format.ts';
import { saveBytes } from '../ui/save-file.ts';
import { base64Of } from './carry-file.ts';
import { useAttempt } from './use-attempt.ts';

/** Everything as one file, out and in. */
export function ExchangePanel() {
  const { connection } = useApp();
  const { busy, attempt } = useAttempt();
  const [given, setGiven] = useState<{ name: string; base64: string; report: ImportReport } | null>(null);
  const [replace, setReplace] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const save = (): void =>
    void attempt(async () => {
      const made = await connection.client.database.export();
      if (made.base64 === null) tell(`The export is too large for the browser: it lies in ${made.path}.`);
      else
        saveBytes(
          made.fileName,
          made.mediaType,
          Uint8Array.from(atob(made.base64), (char) => char.charCodeAt(0)),
        );
    });
  const look = (name: string, base64: string, over: boolean): void =>
    void attempt(async () => {
      const report = await connection.client.database.import({ base64, dryRun: true, replace: over });
      setGiven({ name, base64, report });
    });
  const take = (): void =>
    void attempt(async () => {
      if (!given) return;
      const { tables, state } = await connection.client.database.import({
        base64: given.base64,
        dryRun: false,
        replace,
      });
      const count = tables.reduce((sum, { added, replaced }) => sum + added + replaced, 0);
      setGiven(null);
      tell(
        `${plural(count, 'row')} taken in.${state === 'restarting' ? ' Control Room starts again in its place to show them.' : ''}`,
      );
    });
  return (
    <Panel
      title="Export and import"
      about="Projects, workers, conversations, settings, roles, rules, marks and searches as one file; no keys, no addresses of webhooks."
      end={
        <span className="flex gap-1.5">
          <Button size="sm" icon={Download} disabled={busy} className="max-phone:h-11" onClick={save}>
            Export
          </Button>
          <Button
            size="sm"
            icon={Upload}
            disabled={busy}
            className="max-phone:h-11"
            onClick={() => picker.current?.click()}
          >
            Import
          </Button>
        </span>
      }
    >
      <input
        ref={picker}
        type="file"
        accept=".gz"
        hidden
        aria-label="File to import"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void attempt(async () => look(file.name, await base64Of(file), replace));
        }}
      />
      {given ? (
        <div className="grid gap-2 px-4 py-3 text-sm">
          <p>
            <b className="font-medium">{given.name}</b>{' '}
            <span className="text-ink-2">
              was made by Control Room {given.report.appVersion}, {bytes(given.base64.length * 0.75)}.
            </span>
          </p>
          <Report report={given.report} />
          <label className="flex items-center gap-2">
            <Switch
              aria-label="Write over what is there"
              checked={replace}
              onCheckedChange={(on) => {
                setReplace(on);
                look(given.name, given.base64, on);
              }}
            />
            Write over what is there; otherwise it stays as it is
          </label>
          <div className="flex gap-2">
            <Button look="primary" size="sm" disabled={busy} className="max-phone:h-11" onClick={take}>
              Take it in
            </Button>
            <Button size="sm" look="ghost" className="max-phone:h-11" onClick={() => setGiven(null)}>
              Cancel
            </Button>
          </div>
        </div>
      ) : (
        <p className="px-4 py-3 text-sm text-ink-2">
          An import is looked through first and says what it would do. Workers come as ended ones; projects of the same
          folder are one.
        </p>
      )}
    </Panel>
  );
}

function Report({ report }: { report: ImportReport }) {
  const told = report.tables.filter(
    ({ added, present, replaced, skipped }) => added + present + replaced + skipped > 0,
  );
  return (
    <ul className="figures grid gap-0.5 text-ink-2">
      {told.map(({ name, added, present, replaced, skipped }) => (
        <li key={name}>
          <code>{name}</code>: {added} new
          {present > 0 && `, ${present} stay as they are`}
          {replaced > 0 && `, ${replaced} written over`}
          {skipped > 0 && `, ${skipped} cannot be taken`}
        </li>
      ))}
      {told.length === 0 && <li>It holds nothing.</li>}
      {report.problems.map((problem) => (
        <li key={problem} className="text-failed">
          {problem}
        </li>
      ))}
    </ul>
  );
}
