import { RotateCcw } from 'lucide-react';
import { useMemo } from 'react';
import { allows } from '../../shared/access.ts';
import type { Alert, AlertEntry } from '../../shared/alerts.ts';
import { useStore } from '../data/store.ts';
import { type Asked, useAsked } from '../data/use-asked.ts';
import { SavedText } from '../settings/saved-text.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments, Switch } from '../ui/fields.tsx';
import { Since } from '../ui/instruments.tsx';
import { unitOf, valueWords } from './alert-words.ts';
import { SilenceChoice } from './firing-alerts.tsx';
import { useAlertActions, useLiveAlerts } from './use-alerts.ts';
import { WatchPanel } from './watch-panel.tsx';

const stateLooks = { firing: 'failed', pending: 'needs', resolved: 'done', inactive: 'plain' } as const;
const stateWords = { firing: 'fires', pending: 'may fire', resolved: 'is over', inactive: 'well' } as const;

function isChanged(alert: Alert): boolean {
  const { defaults } = alert;
  return (Object.keys(defaults) as (keyof Alert['defaults'])[]).some((name) => alert[name] !== defaults[name]);
}

function RuleRow({ alert }: { alert: Alert }) {
  const act = useAlertActions();
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
          {alert.title}
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
        <p className="text-sm text-ink-2">{alert.measure}</p>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-2 text-sm max-phone:col-span-full max-phone:justify-start">
        {alert.unit !== 'failed' && (
          <span className="flex items-center gap-1.5">
            <span className="text-ink-3">{alert.direction}</span>
            <SavedText
              label={`Threshold of “${alert.title}”, ${unitOf(alert)}`}
              type="number"
              min={0}
              value={String(alert.threshold)}
              disabled={!admin || !alert.enabled}
              invalid={false}
              onSave={(text) => change({ threshold: Number(text) })}
              className="w-20"
            />
            <span className="w-14 text-ink-3">{unitOf(alert)}</span>
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
        <Button
          size="sm"
          look="ghost"
          icon={RotateCcw}
          aria-label={`Back to the default: ${alert.title}`}
          disabled={!admin || !isChanged(alert)}
          onClick={() => void act((alerts) => alerts.reset({ id: alert.id }))}
        />
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
  const { value: past, error } = usePast();
  return (
    <div className="grid gap-4">
      <section aria-label="Rules" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
        <header className="border-b border-hair px-4 py-2.5">
          <h2 className="font-strong">Rules</h2>
          <p className="text-sm text-ink-2">
            What fires is told by notification and by webhooks that listen for it, together when several fire at once.
          </p>
        </header>
        <ul>
          {alerts.map((alert) => (
            <RuleRow key={alert.id} alert={alert} />
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
              </span>
            </li>
          ))}
        </ol>
      </section>
      <WatchPanel />
    </div>
  );
}
