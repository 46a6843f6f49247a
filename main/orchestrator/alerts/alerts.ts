import type { Alert, AlertEntry, AlertFigure, OwnAlert } from '../../../shared/alerts.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { createWatchers } from '../watchers.ts';
import type { KnownFigure } from './known-figures.ts';
import { createOwnRules } from './own-rules.ts';
import type { AlertRule, RuleValues } from './rules.ts';
import { inactive, nextStanding, type Standing } from './standing.ts';

const historyDays = 90;
const historyRows = 2000;
/** Of rules that somebody made it is told so often within the time, all of them together; ours tell of few things. */
const mostOwnTold = 10;
const ownToldWithinMs = 60 * 60_000;

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
  /** What rules of somebody's own may look at. */
  figures: () => readonly KnownFigure[];
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
  const ownRules = createOwnRules({ database, now, figures: deps.figures });
  const all = new Map<string, Watched>(
    [...deps.rules, ...ownRules.list().map(({ id, own }) => ownRules.ruleOf(id, own))].map((rule) => [
      rule.id,
      { ...fresh(rule, startedAt), ...kept.get(rule.id) },
    ]),
  );
  /** When rules of somebody's own were told of, in the last hour. */
  let ownTold: readonly number[] = [];

  function get(id: string): Watched {
    const found = all.get(id);
    if (!found) throw new AppError('NOT_FOUND', `There is no alert ${id}. GET /api/alerts lists them.`, { id });
    return found;
  }

  const valuesOf = ({ rule, changes }: Watched): RuleValues => ({ ...rule.defaults, ...changes });

  function viewOf(watched: Watched): Alert {
    const { rule, standing } = watched;
    const { id, title, measure, unit, direction, fix, place, own, figure, defaults } = rule;
    const { firings: _, ...shown } = standing;
    const rest = { id, title, measure, unit, direction, fix, place, own, figure, defaults };
    return { ...rest, ...valuesOf(watched), ...shown };
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

  /** Rules that somebody made may be many and may be wrong: beyond a number they fire without being told of. */
  function calm(changed: readonly Watched[]): void {
    const loud = changed.filter(({ rule, standing }) => rule.own && standing.state === 'firing' && !standing.flapping);
    if (loud.length === 0) return;
    ownTold = ownTold.filter((at) => now() - at < ownToldWithinMs && at <= now());
    if (ownTold.length < mostOwnTold) ownTold = [...ownTold, now()];
    else for (const watched of loud) watched.standing = { ...watched.standing, flapping: true };
  }

  const titlesBut = (id?: string): string[] =>
    [...all.values()].flatMap(({ rule }) => (rule.id === id ? [] : [rule.title]));

  function ownOf({ rule }: Watched): OwnAlert {
    const own = ownRules.list().find(({ id }) => id === rule.id)?.own;
    if (own) return own;
    throw new AppError('CONFLICT', `“${rule.title}” comes with Control Room: it can be switched off, not removed.`, {
      id: rule.id,
    });
  }

  /** Begins to watch a rule that somebody made, or made anew. */
  function watch(id: string, own: OwnAlert, what: AlertEntry['what'], by: string): Alert {
    const watched = fresh(ownRules.ruleOf(id, own), now());
    const made = change(watched, () => note(watched, what, by, valuesWords(watched.rule.defaults, watched.rule)));
    all.set(id, watched);
    watchers.tell();
    return made;
  }

  function changeOwn(watched: Watched, given: Partial<OwnAlert>, by: string): void {
    const { id } = watched.rule;
    const before = ownOf(watched);
    const own = ownRules.change(id, { ...before, ...given }, titlesBut(id));
    watched.rule = ownRules.ruleOf(id, own);
    // Of another thing nothing is known yet.
    if (own.figure !== before.figure || own.direction !== before.direction) {
      watched.standing = { ...inactive, since: now() };
      watched.calmSince = null;
    }
    note(watched, 'changed', by, valuesWords(given, watched.rule));
  }

  function keepChanges(changed: readonly Watched[]): void {
    calm(changed);
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
    update({ id, ...changes }: { id: string } & Partial<OwnAlert>, by: string): Alert {
      const watched = get(id);
      const given: Partial<OwnAlert> = Object.fromEntries(
        Object.entries(changes).filter(([, value]) => value !== undefined),
      );
      if (Object.keys(given).length === 0) return viewOf(watched);
      if (watched.rule.own) return change(watched, () => changeOwn(watched, given, by));
      const { title, figure, direction, fix, ...values } = given;
      for (const field of ['title', 'figure', 'direction', 'fix'])
        if (field in given)
          throw new AppError(
            'BAD_REQUEST',
            `${field}: “${watched.rule.title}” comes with Control Room, so this stays as it is. Make a rule of your own.`,
            { field },
          );
      if ('threshold' in values && watched.rule.unit === 'failed')
        throw new AppError('BAD_REQUEST', `${watched.rule.title} has no threshold: it fires while the thing fails.`, {
          field: 'threshold',
        });
      return change(watched, () => {
        watched.changes = { ...watched.changes, ...values };
        note(watched, 'changed', by, valuesWords(values, watched.rule));
      });
    },
    /** What rules of somebody's own may look at, with the present values. */
    figures: (): { items: AlertFigure[] } => ({
      items: deps.figures().map(({ read, ...figure }) => ({ ...figure, value: read() })),
    }),
    add: (own: OwnAlert, by: string): Alert =>
      database.transaction(() => {
        const made = ownRules.add(own, titlesBut());
        return watch(made.id, made.own, 'added', by);
      }),
    remove(id: string, by: string): { id: string } {
      const watched = get(id);
      ownOf(watched);
      database.transaction(() => {
        // Who was told that it fires is told that this is over.
        if (watched.standing.state !== 'inactive') {
          watched.standing = { ...inactive, since: now() };
          announce([watched]);
        }
        ownRules.remove(id);
        database.run('DELETE FROM alerts WHERE id = ?', id);
        note(watched, 'removed', by, null);
        deps.publish({ type: 'alert.removed', id });
      });
      all.delete(id);
      watchers.tell();
      return { id };
    },
    restore(id: string, by: string): Alert {
      const there = all.get(id);
      if (there) return viewOf(there);
      return database.transaction(() => watch(id, ownRules.restore(id, titlesBut()), 'restored', by));
    },
    reset(id: string, by: string): Alert {
      const watched = get(id);
      if (watched.rule.own)
        throw new AppError('CONFLICT', `“${watched.rule.title}” was made here and has no defaults to go back to.`, {
          id,
        });
      return change(watched, () => {
        watched.changes = {};
        note(watched, 'changed', by, 'back to the defaults');
      });
    },
    close: watchers.close,
  };
}

function fresh(rule: AlertRule, at: number): Watched {
  return { rule, changes: {}, standing: { ...inactive, since: at }, calmSince: null };
}

/** What was said of a rule: "above 50, for 0 s, critical, off". */
function valuesWords(given: Partial<OwnAlert>, rule: AlertRule): string {
  const { title, figure, threshold, forSeconds, severity, enabled, notice, webhook, direction, fix } = given;
  return [
    title === undefined ? [] : `named “${title}”`,
    figure === undefined ? [] : rule.measure,
    rule.unit === 'failed' || (threshold === undefined && direction === undefined)
      ? []
      : `${rule.direction} ${threshold ?? rule.defaults.threshold}`,
    forSeconds === undefined ? [] : `for ${forSeconds} s`,
    severity ?? [],
    enabled === undefined ? [] : enabled ? 'on' : 'off',
    notice === undefined ? [] : notice ? 'with notices' : 'without notices',
    webhook === undefined ? [] : webhook ? 'told to webhooks' : 'not told to webhooks',
    fix === undefined ? [] : 'what to do',
  ]
    .flat()
    .join(', ');
}
