import { type ReactNode, useEffect, useId, useState } from 'react';
import { type AlertUnit, unitWords } from '../../shared/alert-values.ts';
import type { Alert, AlertFigure } from '../../shared/alerts.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, Segments, SelectField, Switch, TextField } from '../ui/fields.tsx';
import { valueWords } from './alert-words.ts';
import { useAlertActions } from './use-alerts.ts';

type Draft = Pick<
  Alert,
  'title' | 'direction' | 'forSeconds' | 'severity' | 'notice' | 'webhook' | 'fix' | 'enabled'
> & { figure: string; threshold: string };

/** A line of the form: what is asked, and where it is answered. */
function Row({ label, htmlFor, children }: { label: string; htmlFor?: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[104px_minmax(0,1fr)] items-start gap-x-3 max-phone:grid-cols-1 max-phone:gap-y-1">
      <label htmlFor={htmlFor} className="pt-1 text-sm text-ink-2">
        {label}
      </label>
      <div className="flex min-w-0 flex-wrap items-center gap-2">{children}</div>
    </div>
  );
}

function draftOf(alert: Alert | null): Draft {
  if (!alert)
    return {
      title: '',
      figure: 'errors',
      direction: 'above',
      threshold: '10',
      forSeconds: 300,
      severity: 'warning',
      notice: true,
      webhook: true,
      fix: '',
      enabled: true,
    };
  const { title, direction, threshold, forSeconds, severity, notice, webhook, fix, enabled, figure } = alert;
  return {
    title,
    direction,
    threshold: String(threshold),
    forSeconds,
    severity,
    notice,
    webhook,
    fix,
    enabled,
    figure: figure ?? '',
  };
}

/** What is sent of a draft: of a rule of ours only what may be changed. */
function changesOf(draft: Draft, unit: AlertUnit, own: boolean) {
  const { title, figure, direction, fix, forSeconds, severity, notice, webhook } = draft;
  const threshold = unit === 'failed' ? {} : { threshold: Number(draft.threshold) };
  const values = { ...threshold, forSeconds, severity, notice, webhook };
  return own ? { ...values, title, figure, direction, fix } : values;
}

/** What rules may look at, with present values; read anew while the form is open. */
function useFigures(): { figures: readonly AlertFigure[]; problem: string | null } {
  const { connection } = useApp();
  const [figures, setFigures] = useState<readonly AlertFigure[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const read = (): void =>
      void connection.client.alerts.figures(undefined, { signal: ended.signal }).then(
        ({ items }) => setFigures(items),
        (error: unknown) => !ended.signal.aborted && setProblem(errorText(error)),
      );
    read();
    const timer = setInterval(read, 10_000);
    return () => {
      clearInterval(timer);
      ended.abort();
    };
  }, [connection]);
  return { figures, problem };
}

/** Makes a rule, or changes one: ours in when it fires and where it is told, one of somebody's own in everything. */
export function AlertRuleDialog({ alert, onClose }: { alert: Alert | null; onClose: () => void }) {
  const { connection } = useApp();
  const act = useAlertActions();
  const { figures, problem } = useFigures();
  const first = draftOf(alert);
  const [draft, setDraft] = useState(first);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const own = alert === null || alert.own;
  const figure = figures.find((one) => one.id === draft.figure);
  const unit = figure?.unit ?? alert?.unit ?? 'count';
  const groups = [...new Set(figures.map(({ group }) => group))];
  const set = (part: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...part }));
    setError(null);
  };
  const isSame = JSON.stringify(draft) === JSON.stringify(first);
  const threshold = Number(draft.threshold);
  const wrongThreshold = unit !== 'failed' && (draft.threshold.trim() === '' || !(threshold >= 0));
  const incomplete = draft.title.trim() === '' || wrongThreshold || !(draft.forSeconds >= 0);

  const save = async (): Promise<void> => {
    if (incomplete || busy) return;
    setBusy(true);
    setError(null);
    const { alerts } = connection.client;
    try {
      if (alert) {
        await alerts.update({ id: alert.id, ...changesOf(draft, unit, own) });
        const earlier = changesOf(first, alert.unit, own);
        tell(`“${draft.title}” is changed.`, {
          action: { label: 'Undo', run: () => void act((rules) => rules.update({ id: alert.id, ...earlier })) },
        });
      } else {
        const { title, figure: watched, enabled } = draft;
        const made = await alerts.add({ ...changesOf(draft, unit, true), title, figure: watched, enabled });
        tell(`“${made.title}” is watched now.`, {
          action: { label: 'Undo', run: () => void act((rules) => rules.remove({ id: made.id })) },
        });
      }
      onClose();
    } catch (failure) {
      setError(errorText(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={alert ? 'Edit rule' : 'New alert rule'}
      guarded={!isSame}
      width={600}
      {...(own ? {} : { description: 'This rule comes with Control Room: what it looks at stays as it is.' })}
    >
      <form
        aria-label="Alert rule"
        className="grid min-h-0 gap-3 overflow-y-auto px-5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
        }}
      >
        <Row label="Name" htmlFor={`${id}-title`}>
          <TextField
            id={`${id}-title`}
            autoFocus
            maxLength={80}
            placeholder="Cost is running away"
            value={draft.title}
            disabled={!own}
            onChange={(event) => set({ title: event.target.value })}
            className="flex-1"
          />
        </Row>
        <Row label="Watches" htmlFor={`${id}-figure`}>
          {own ? (
            <SelectField
              id={`${id}-figure`}
              value={draft.figure}
              onChange={(event) => set({ figure: event.target.value })}
            >
              {!figure && <option value={draft.figure}>{alert?.measure ?? 'Reading…'}</option>}
              {groups.map((group) => (
                <optgroup key={group} label={group}>
                  {figures
                    .filter((one) => one.group === group)
                    .map((one) => (
                      <option key={one.id} value={one.id}>
                        {one.title}
                      </option>
                    ))}
                </optgroup>
              ))}
            </SelectField>
          ) : (
            <span className="pt-1">{alert?.measure}</span>
          )}
          {own && figure && (
            <p className="w-full text-sm text-ink-3 wrap-anywhere">
              {figure.measure}; now <span className="figures text-ink-2">{valueWords(figure)}</span>
            </p>
          )}
        </Row>
        {unit !== 'failed' && (
          <Row label="Fires" htmlFor={`${id}-threshold`}>
            {own ? (
              <Segments
                label="Comparison"
                value={draft.direction}
                options={[
                  { value: 'above', label: 'above' },
                  { value: 'below', label: 'below' },
                ]}
                onChange={(direction) => set({ direction })}
              />
            ) : (
              <span className="text-ink-2">{draft.direction}</span>
            )}
            <TextField
              id={`${id}-threshold`}
              type="number"
              min={0}
              step="any"
              value={draft.threshold}
              invalid={wrongThreshold}
              onChange={(event) => set({ threshold: event.target.value })}
              className="w-24"
            />
            <span className="text-ink-2">{unitWords(unit)}</span>
          </Row>
        )}
        <Row label="After" htmlFor={`${id}-for`}>
          <TextField
            id={`${id}-for`}
            type="number"
            min={0}
            max={86_400}
            value={String(draft.forSeconds)}
            onChange={(event) => set({ forSeconds: Math.round(Number(event.target.value)) })}
            className="w-24"
          />
          <span className="text-ink-2">seconds{draft.forSeconds === 0 && ', that is at once'}</span>
        </Row>
        <Row label="Severity">
          <Segments
            label="Severity"
            value={draft.severity}
            options={[
              { value: 'warning', label: 'warning' },
              { value: 'critical', label: 'critical' },
            ]}
            onChange={(severity) => set({ severity })}
          />
        </Row>
        <Row label="Told by">
          {(
            [
              ['notice', 'notices on the desktop and in the page'],
              ['webhook', 'webhooks that listen for alerts'],
            ] as const
          ).map(([name, label]) => (
            <span key={name} className="flex w-full items-center gap-2 max-phone:min-h-11">
              <Switch
                id={`${id}-${name}`}
                checked={draft[name]}
                onCheckedChange={(on) => set({ [name]: on })}
                aria-label={`Told by ${label}`}
              />
              <label htmlFor={`${id}-${name}`} className="text-sm text-ink-2">
                {label}
              </label>
            </span>
          ))}
        </Row>
        {own && (
          <Row label="What to do" htmlFor={`${id}-fix`}>
            <TextField
              id={`${id}-fix`}
              maxLength={500}
              placeholder="Is told with it, for whoever reads it"
              value={draft.fix}
              onChange={(event) => set({ fix: event.target.value })}
              className="flex-1"
            />
          </Row>
        )}
        {(error ?? problem) && <Problem>{error ?? problem}</Problem>}
        <div className="flex justify-end gap-2 pt-1">
          <Button className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" className="max-phone:h-11" disabled={incomplete || busy || isSame}>
            {busy ? 'Saving…' : alert ? 'Save' : 'Add rule'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
