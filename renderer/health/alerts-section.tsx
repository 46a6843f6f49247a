import { Pencil, Plus, RotateCcw, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { allows } from '../../shared/access.ts';
import { unitWords } from '../../shared/alert-values.ts';
import type { Alert, AlertEntry } from '../../shared/alerts.ts';
import { useCommand } from '../app/commands.ts';
import { useStore } from '../data/store.ts';
import { type Asked, useAsked } from '../data/use-asked.ts';
import { SavedText } from '../settings/saved-text.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments, Switch } from '../ui/fields.tsx';
import { Since } from '../ui/instruments.tsx';
import { AlertRuleDialog } from './alert-rule-dialog.tsx';
import { toldWords, valueWords } from './alert-words.ts';
import { SilenceChoice } from './firing-alerts.tsx';
import { useAlertActions, useLiveAlerts, useRemoveAlert } from './use-alerts.ts';
import { WatchPanel } from './watch-panel.tsx';

const stateLooks = { firing: 'failed', pending: 'needs', resolved: 'done', inactive: 'plain' } as const;
const stateWords = { firing: 'fires', pending: 'may fire', resolved: 'is over', inactive: 'well' } as const;

function isChanged(alert: Alert): boolean {
  const { defaults } = alert;
  return (Object.keys(defaults) as (keyof Alert['defaults'])[]).some((name) => alert[name] !== defaults[name]);
}

function RuleRow({ alert, onEdit }: { alert: Alert; onEdit: () => void }) {
  const act = useAlertActions();
  const remove = useRemoveAlert();
  const admin = useStore((state) => allows(state.access, 'admin'));
  const change = (part: Partial<Alert['defaults']>): void =>
    void act((alerts) => alerts.update({ id: alert.id, ...part }));
  return (
    <li className="grid grid-cols-[28px_minmax(0,1fr)_auto] items-start gap-x-3 gap-y-2 border-t border-hair-soft px-4 py-2.5 first:border-t-0 max-phone:grid-cols-[28px_minmax(0,1fr)]">
      <span className="pt-0.5">
        <Switch
          aria-label={`Watch: ${alert.title}`}
          checked={alert.enabled}
          disabled={!admin}
          onCheckedChange={(enabled) => change({ enabled })}
        />
      </span>
      <div className={cx('min-w-0', !alert.enabled && 'text-ink-3')}>
        <h3 className="flex flex-wrap items-center gap-2 font-medium">
          <span className="min-w-0 wrap-anywhere">{alert.title}</span>
          {alert.own && <Chip look="accent">yours</Chip>}
          {alert.enabled && (
            <Chip look={stateLooks[alert.state]}>
              {stateWords[alert.state]}
              {alert.state !== 'inactive' && <Since at={alert.since} before="for" />}
            </Chip>
          )}
          {alert.enabled && alert.value !== null && (
            <span className="figures text-sm font-normal text-ink-3">now {valueWords(alert)}</span>
          )}
        </h3>
        <p className="text-sm text-ink-2 wrap-anywhere">
          {alert.measure}
          {toldWords(alert) && <span className="text-ink-3">; {toldWords(alert)}</span>}
        </p>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-2 text-sm max-phone:col-span-full max-phone:justify-start">
        {alert.unit !== 'failed' && (
          <span className="flex items-center gap-1.5">
            <span className="text-ink-3">{alert.direction}</span>
            <SavedText
              label={`Threshold of “${alert.title}”, ${unitWords(alert.unit)}`}
              type="number"
              min={0}
              value={String(alert.threshold)}
              disabled={!admin || !alert.enabled}
              invalid={false}
              onSave={(text) => change({ threshold: Number(text) })}
              className="w-20"
            />
            <span className="w-14 text-ink-3">{unitWords(alert.unit)}</span>
          </span>
        )}
        <span className="flex items-center gap-1.5">
          <span className="text-ink-3">for</span>
          <SavedText
            label={`Seconds until “${alert.title}” fires`}
            type="number"
            min={0}
            max={86_400}
            value={String(alert.forSeconds)}
            disabled={!admin || !alert.enabled}
            invalid={false}
            onSave={(text) => change({ forSeconds: Math.round(Number(text)) })}
            className="w-20"
          />
          <span className="text-ink-3">s</span>
        </span>
        <Segments
          small
          label={`How bad “${alert.title}” is`}
          value={alert.severity}
          disabled={!admin || !alert.enabled}
          options={[
            { value: 'warning', label: 'warning' },
            { value: 'critical', label: 'critical' },
          ]}
          onChange={(severity) => change({ severity })}
        />
        <SilenceChoice alert={alert} />
        <span className="flex items-center gap-1">
          <Button
            size="sm"
            look="ghost"
            icon={Pencil}
            aria-label={`Edit: ${alert.title}`}
            className="max-phone:size-11"
            disabled={!admin}
            onClick={onEdit}
          />
          {alert.own ? (
            <Button
              size="sm"
              look="ghost"
              icon={Trash2}
              aria-label={`Delete: ${alert.title}`}
              className="max-phone:size-11"
              disabled={!admin}
              onClick={() => void remove(alert)}
            />
          ) : (
            <Button
              size="sm"
              look="ghost"
              icon={RotateCcw}
              aria-label={`Back to the default: ${alert.title}`}
              className="max-phone:size-11"
              disabled={!admin || !isChanged(alert)}
              onClick={() => void act((alerts) => alerts.reset({ id: alert.id }))}
            />
          )}
        </span>
      </div>
    </li>
  );
}

const entryWords: Record<AlertEntry['what'], string> = {
  firing: 'began to fire',
  resolved: 'was over',
  acknowledged: 'was acknowledged',
  silenced: 'was silenced',
  unsilenced: 'is no longer silenced',
  changed: 'was changed',
  added: 'was made',
  removed: 'was deleted',
  restored: 'was brought back',
};

/** Entries of the past; read again when an alert changes. */
function usePast(): Asked<readonly AlertEntry[]> {
  const alerts = useStore((state) => state.rows.alerts);
  const version = useMemo(() => JSON.stringify(alerts), [alerts]);
  return useAsked('alerts', version, async (client, signal) => {
    const { items } = await client.alerts.history({ limit: 100 }, { signal });
    return items;
  });
}

/** The rules, with what they are held against now, and what happened before. */
export function AlertsSection() {
  const alerts = useLiveAlerts();
  const act = useAlertActions();
  const admin = useStore((state) => allows(state.access, 'admin'));
  const { value: past, error } = usePast();
  const [open, setOpen] = useState<{ alert: Alert | null } | null>(null);
  useCommand('alert.new', () => setOpen({ alert: null }), admin);
  const there = new Set(alerts.map(({ id }) => id));
  return (
    <div className="grid gap-4">
      {open && <AlertRuleDialog alert={open.alert} onClose={() => setOpen(null)} />}
      <section aria-label="Rules" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
        <header className="flex flex-wrap items-center gap-3 border-b border-hair px-4 py-2.5">
          <div className="min-w-0 flex-1 basis-64">
            <h2 className="font-strong">Rules</h2>
            <p className="text-sm text-ink-2">
              What fires is told by notification and by webhooks that listen for it, together when several fire at once.
            </p>
          </div>
          <Button
            icon={Plus}
            command="alert.new"
            className="max-phone:h-11"
            disabled={!admin}
            onClick={() => setOpen({ alert: null })}
          >
            New rule
          </Button>
        </header>
        <ul>
          {alerts.map((alert) => (
            <RuleRow key={alert.id} alert={alert} onEdit={() => setOpen({ alert })} />
          ))}
        </ul>
      </section>
      <section aria-label="History" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
        <header className="border-b border-hair px-4 py-2.5">
          <h2 className="font-strong">History</h2>
        </header>
        {error && <Problem className="m-4">{error}</Problem>}
        {past?.length === 0 && <p className="px-4 py-3 text-ink-2">Nothing has fired yet.</p>}
        <ol>
          {past?.map((entry) => (
            <li
              key={entry.seq}
              className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 border-t border-hair-soft px-4 py-1.5 text-sm first:border-t-0"
            >
              <span className="text-ink-3">
                <Since at={entry.at} after="ago" />
              </span>
              <span className="min-w-0 wrap-anywhere">
                <b className="font-medium">{entry.title}</b> {entryWords[entry.what]}
                {entry.by && ` by ${entry.by}`}
                {entry.text && <span className="text-ink-2">: {entry.text}</span>}
                {entry.what === 'removed' && admin && !there.has(entry.alertId) && (
                  <Button
                    size="xs"
                    look="ghost"
                    className="ml-2 max-phone:h-11"
                    onClick={() => void act((rules) => rules.restore({ id: entry.alertId }))}
                  >
                    Bring back
                  </Button>
                )}
              </span>
            </li>
          ))}
        </ol>
      </section>
      <WatchPanel />
    </div>
  );
}
