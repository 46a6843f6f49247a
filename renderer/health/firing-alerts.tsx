import { BellOff, BellRing, Check } from 'lucide-react';
import type { Alert } from '../../shared/alerts.ts';
import { useNow } from '../data/clock.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { SelectField } from '../ui/fields.tsx';
import { clockTime } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { ruleWords } from './alert-words.ts';
import { useAlertActions } from './use-alerts.ts';

const silences = [
  { minutes: 60, label: 'for an hour' },
  { minutes: 8 * 60, label: 'for 8 hours' },
  { minutes: 7 * 24 * 60, label: 'for a week' },
] as const;

/** Chooses for how long nobody is told of an alert. */
export function SilenceChoice({ alert }: { alert: Alert }) {
  const act = useAlertActions();
  const now = useNow(15_000);
  if (alert.silencedUntil !== null && alert.silencedUntil > now)
    return (
      <Button
        icon={BellRing}
        className="max-phone:h-11"
        onClick={() => void act((alerts) => alerts.silence({ id: alert.id, minutes: 0 }))}
      >
        Silent until {clockTime(alert.silencedUntil, now)}
      </Button>
    );
  return (
    <SelectField
      icon={BellOff}
      aria-label={`Silence: ${alert.title}`}
      value=""
      onChange={(event) => void act((alerts) => alerts.silence({ id: alert.id, minutes: Number(event.target.value) }))}
    >
      <option value="" disabled>
        Silence
      </option>
      {silences.map(({ minutes, label }) => (
        <option key={minutes} value={minutes}>
          {label}
        </option>
      ))}
    </SelectField>
  );
}

/** The alerts that fire: what is wrong, since when, and what to do. */
export function FiringAlerts({ alerts }: { alerts: readonly Alert[] }) {
  const act = useAlertActions();
  if (alerts.length === 0) return null;
  return (
    <section aria-label="Alerts that fire" className="grid gap-2">
      {alerts.map((alert) => (
        <article
          key={alert.id}
          aria-label={alert.title}
          className={cx(
            'flex gap-3 rounded-3 px-4 py-2.5 ring-1 ring-inset max-phone:flex-wrap',
            alert.severity === 'critical' ? 'bg-late-bg ring-late-line' : 'bg-needs-bg ring-needs-line',
          )}
        >
          <StateMark mark={alert.severity === 'critical' ? 'late' : 'needs'} label={false} className="mt-0.5" />
          <div className="min-w-0 flex-1 max-phone:basis-[calc(100%-28px)]">
            <h2 className="flex flex-wrap items-center gap-x-2 font-strong">
              {alert.title}
              <span className="text-sm font-normal text-ink-2">
                <Since at={alert.since} before="for" />
              </span>
              {alert.flapping && <Chip title="It comes and goes: nobody is told until it is calm">comes and goes</Chip>}
              {alert.acknowledgedBy && <Chip>seen by {alert.acknowledgedBy}</Chip>}
            </h2>
            <p className="text-sm wrap-anywhere">
              {alert.text} <span className="text-ink-2">{alert.fix}</span>
            </p>
            <p className="text-xs text-ink-2">Fires {ruleWords(alert)}.</p>
          </div>
          <div className="flex shrink-0 items-start gap-2">
            <SilenceChoice alert={alert} />
            {alert.acknowledgedAt === null && (
              <Button
                icon={Check}
                className="max-phone:h-11"
                onClick={() => void act((alerts) => alerts.acknowledge({ id: alert.id }))}
              >
                Acknowledge
              </Button>
            )}
          </div>
        </article>
      ))}
    </section>
  );
}
