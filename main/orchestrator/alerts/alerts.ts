import type { Alert, AlertEntry } from '../../../shared/alerts.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { createWatchers } from '../watchers.ts';
import type { AlertRule, RuleValues } from './rules.ts';
import { inactive, nextStanding, type Standing } from './standing.ts';

const historyDays = 90;
const historyRows = 2000;

export type Alerts = ReturnType<typeof createAlerts>;

interface Watched {
  rule: AlertRule;
  /** What was changed of it. */
  changes: Partial<RuleValues>;
  standing: Standing;
  calmSince: number | null;
}

/**
 * Watches the rules and keeps how each stands. It is looked at them whenever figures were taken; what changes in one look is
 * told together. Only a change is written down.
 */
export function createAlerts(deps: {
  database: Database;
  publish: Publish;
  now: () => number;
  rules: readonly AlertRule[];
}) {
  const { database, now } = deps;
  const watchers = createWatchers();
  const kept = new Map(
    database
      .all<{ id: string; rule: string; standing: string }>('SELECT id, rule, standing FROM alerts')
      .map(({ id, rule, standing }) => [
        id,
        { changes: JSON.parse(rule) as Partial<RuleValues>, standing: JSON.parse(standing) as Standing },
      ]),
  );
  const startedAt = now();
  const all = new Map<string, Watched>(
    deps.rules.map((rule) => [
      rule.id,
      {
        rule,
        changes: {},
        standing: { ...inactive, since: startedAt },
        ...kept.get(rule.id),
        calmSince: null,
      },
    ]),
  );

  function get(id: string): Watched {
    const found = all.get(id);
    if (!found) throw new AppError('NOT_FOUND', `There is no alert ${id}. GET /api/alerts lists them.`, { id });
    return found;
  }

  const valuesOf = ({ rule, changes }: Watched): RuleValues => ({ ...rule.defaults, ...changes });

  function viewOf(watched: Watched): Alert {
    const { rule, standing } = watched;
    const { id, title, measure, unit, direction, fix, place, defaults } = rule;
    const { firings: _, ...shown } = standing;
    return { id, title, measure, unit, direction, fix, place, defaults, ...valuesOf(watched), ...shown };
  }

  function keep({ rule, changes, standing }: Watched): void {
    database.run(
      'INSERT OR REPLACE INTO alerts (id, rule, standing) VALUES (?, ?, ?)',
      rule.id,
      JSON.stringify(changes),
      JSON.stringify(standing),
    );
  }

  function note(watched: Watched, what: AlertEntry['what'], by: string | null, text = watched.standing.text): void {
    const { rule, standing } = watched;
    const entry: Omit<AlertEntry, 'seq' | 'at' | 'alertId'> = {
      title: rule.title,
      severity: valuesOf(watched).severity,
      what,
      value: standing.value,
      text,
      by,
    };
    const { lastInsertRowid: seq } = database.run(
      'INSERT INTO alert_history (at, alert_id, row) VALUES (?, ?, ?)',
      now(),
      rule.id,
      JSON.stringify(entry),
    );
    database.run(
      'DELETE FROM alert_history WHERE seq <= ? OR at < ?',
      seq - historyRows,
      now() - historyDays * 86_400_000,
    );
  }

  function announce(changed: readonly Watched[]): void {
    if (changed.length > 0) deps.publish({ type: 'alerts.changed', alerts: changed.map(viewOf) });
  }

  /** Keeps what somebody did to one, and tells of it. */
  function change(watched: Watched, how: () => void): Alert {
    database.transaction(() => {
      how();
      keep(watched);
      announce([watched]);
    });
    watchers.tell();
    return viewOf(watched);
  }

  function keepChanges(changed: readonly Watched[]): void {
    for (const watched of changed) {
      keep(watched);
      const { state } = watched.standing;
      if (state === 'firing' || state === 'resolved') note(watched, state, null);
    }
    // What fires together is told together, and so is what is over.
    const of = (state: Alert['state']) => changed.filter(({ standing }) => standing.state === state);
    announce(of('firing'));
    announce(of('resolved'));
    announce([...of('pending'), ...of('inactive')]);
  }

  function look(): void {
    const changed: Watched[] = [];
    for (const watched of all.values()) {
      const before = watched.standing;
      const values = valuesOf(watched);
      const next = nextStanding({
        rule: watched.rule,
        values,
        before,
        value: values.enabled ? watched.rule.read() : null,
        calmSince: watched.calmSince,
        now: now(),
      });
      Object.assign(watched, next);
      if (next.standing.state !== before.state) changed.push(watched);
    }
    try {
      if (changed.length > 0) database.transaction(() => keepChanges(changed));
    } finally {
      // Also when it is the database that fails: who looks sees it.
      watchers.tell();
    }
  }

  const list = (): { items: Alert[] } => ({ items: [...all.values()].map(viewOf) });

  return {
    list,
    watch: (signal: AbortSignal | undefined) => watchers.watch(signal, list),
    firing: () => [...all.values()].filter(({ standing }) => standing.state === 'firing').length,
    /** Looks at every rule. */
    look,
    history({ limit, cursor, alertId }: { limit: number; cursor?: string | undefined; alertId?: string | undefined }) {
      const items = database
        .all<{ seq: number; at: number; alertId: string; row: string }>(
          `SELECT seq, at, alert_id AS alertId, row FROM alert_history
           WHERE seq < ?1 AND (?2 IS NULL OR alert_id = ?2) ORDER BY seq DESC LIMIT ?3`,
          cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor) || 0,
          alertId ?? null,
          limit,
        )
        .map(
          ({ row, ...rest }): AlertEntry => ({ ...rest, ...(JSON.parse(row) as Omit<AlertEntry, keyof typeof rest>) }),
        );
      return { items, nextCursor: items.length === limit ? String(items.at(-1)?.seq) : null };
    },
    acknowledge(id: string, by: string): Alert {
      const watched = get(id);
      const { standing } = watched;
      if (standing.state !== 'firing')
        throw new AppError('CONFLICT', `${watched.rule.title} does not fire now; there is nothing to acknowledge.`, {
          id,
        });
      if (standing.acknowledgedAt !== null) return viewOf(watched);
      return change(watched, () => {
        watched.standing = { ...standing, acknowledgedAt: now(), acknowledgedBy: by };
        note(watched, 'acknowledged', by);
      });
    },
    silence(id: string, minutes: number, by: string): Alert {
      const watched = get(id);
      return change(watched, () => {
        watched.standing = { ...watched.standing, silencedUntil: minutes > 0 ? now() + minutes * 60_000 : null };
        note(watched, minutes > 0 ? 'silenced' : 'unsilenced', by, minutes > 0 ? `for ${minutes} min` : null);
      });
    },
    update({ id, ...changes }: { id: string } & Partial<RuleValues>, by: string): Alert {
      const watched = get(id);
      const given: Partial<RuleValues> = Object.fromEntries(
        Object.entries(changes).filter(([, value]) => value !== undefined),
      );
      if ('threshold' in given && watched.rule.unit === 'failed')
        throw new AppError('BAD_REQUEST', `${watched.rule.title} has no threshold: it fires while the thing fails.`, {
          field: 'threshold',
        });
      return change(watched, () => {
        watched.changes = { ...watched.changes, ...given };
        note(watched, 'changed', by, changeWords(given, watched.rule));
      });
    },
    reset(id: string, by: string): Alert {
      const watched = get(id);
      return change(watched, () => {
        watched.changes = {};
        note(watched, 'changed', by, 'back to the defaults');
      });
    },
    close: watchers.close,
  };
}

/** What was changed of a rule: "above 50, for 0 s, critical, off". */
function changeWords({ threshold, forSeconds, severity, enabled }: Partial<RuleValues>, rule: AlertRule): string {
  return [
    threshold === undefined ? [] : `${rule.direction} ${threshold}`,
    forSeconds === undefined ? [] : `for ${forSeconds} s`,
    severity ?? [],
    enabled === undefined ? [] : enabled ? 'on' : 'off',
  ]
    .flat()
    .join(', ');
}
