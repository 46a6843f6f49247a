import { Download, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { AuditCheck } from '../../shared/audit.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { saveFile } from '../ui/save-file.ts';
import { useSetting } from './use-setting.ts';

/** How long the audit is kept, whether it is as it was written, and what is chosen of it as a file. */
export function AuditKeeping({
  filters,
  spanMs,
}: {
  filters: { action?: string; actor?: string; subject?: string };
  /** Entries of this long are chosen; 0: all. */
  spanMs: number;
}) {
  const { connection } = useApp();
  const days = useSetting('auditDays');
  const [check, setCheck] = useState<AuditCheck | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    } finally {
      setBusy(false);
    }
  };
  const save = (format: 'csv' | 'jsonl') =>
    attempt(async () => {
      const from = spanMs ? { from: Date.now() - spanMs } : {};
      const { fileName, mediaType, content } = await connection.client.audit.export({ ...filters, ...from, format });
      saveFile(fileName, mediaType, content);
    });
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-hair-soft px-4 py-2 text-sm">
      <label className="flex items-center gap-2 text-ink-2">
        Kept for
        <TextField
          type="number"
          min={0}
          max={3650}
          aria-label="Days that the audit is kept, 0 for ever"
          defaultValue={days.value}
          key={days.value}
          disabled={days.disabled}
          className="w-16"
          onBlur={(event) => {
            const value = event.target.valueAsNumber;
            if (Number.isInteger(value) && value !== days.value) void days.save(value);
          }}
        />
        days{days.value === 0 && ', for ever'}
      </label>
      {days.error && (
        <span role="alert" className="text-failed">
          {days.error}
        </span>
      )}
      <span
        role="status"
        className={cx('min-w-0 flex-1 text-right', check && !check.whole ? 'text-failed' : 'text-ink-3')}
      >
        {check &&
          (check.whole
            ? `${plural(check.checked, 'entry', 'entries')}: all as they were written`
            : `${check.reason}${check.brokenAt === null ? '' : ` (entry ${check.brokenAt})`}`)}
      </span>
      <Button
        size="sm"
        icon={check && !check.whole ? ShieldAlert : ShieldCheck}
        disabled={busy}
        title="Each entry is tied to the one before it: one that was changed or taken away shows"
        className="max-phone:h-11"
        onClick={() => void attempt(async () => setCheck(await connection.client.audit.check()))}
      >
        Check
      </Button>
      <Button size="sm" icon={Download} disabled={busy} className="max-phone:h-11" onClick={() => void save('csv')}>
        CSV
      </Button>
      <Button size="sm" icon={Download} disabled={busy} className="max-phone:h-11" onClick={() => void save('jsonl')}>
        JSON lines
      </Button>
    </div>
  );
}
