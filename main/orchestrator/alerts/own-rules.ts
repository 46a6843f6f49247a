import { valueText } from '../../../shared/alert-values.ts';
import type { OwnAlert } from '../../../shared/alerts.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../new-id.ts';
import type { KnownFigure } from './known-figures.ts';
import type { AlertRule } from './rules.ts';

/** More rules than these nobody keeps in mind, and each is looked at every ten seconds. */
const mostRules = 100;
const keepRemovedMs = 14 * 86_400_000;

/** The rules that somebody made, as they are kept. */
export function createOwnRules(deps: { database: Database; now: () => number; figures: () => readonly KnownFigure[] }) {
  const { database, now } = deps;
  database.run('DELETE FROM own_alerts WHERE removed_at < ?', now() - keepRemovedMs);

  const find = (id: string): KnownFigure | undefined => deps.figures().find((figure) => figure.id === id);

  function figureOf(id: string): KnownFigure {
    const figure = find(id);
    if (!figure)
      throw new AppError('BAD_REQUEST', `figure: there is none named ${id}. GET /api/alerts/figures lists them.`, {
        field: 'figure',
        allowed: deps.figures().map((known) => known.id),
      });
    return figure;
  }

  /** Refuses what could never fire, or always would. */
  function check(own: OwnAlert): OwnAlert {
    const { title, unit, most } = figureOf(own.figure);
    if (unit === 'failed') return { ...own, direction: 'above', threshold: 0 };
    if (own.direction === 'below' && own.threshold <= 0)
      throw wrongThreshold(`“${title}” is never below 0, so this would never fire. Take a number above 0.`);
    if (most !== null && own.direction === 'above' && own.threshold >= most)
      throw wrongThreshold(`“${title}” is never above ${most}, so this would never fire. Take a smaller number.`);
    if (most !== null && own.direction === 'below' && own.threshold > most)
      throw wrongThreshold(`“${title}” is always below ${own.threshold}, so this would never be over.`);
    return own;
  }

  function checkTitle(title: string, taken: Iterable<string>): void {
    for (const other of taken)
      if (other.toLowerCase() === title.toLowerCase())
        throw new AppError('CONFLICT', `title: a rule named “${title}” is there already. Take another name.`, {
          field: 'title',
        });
  }

  function ruleOf(id: string, own: OwnAlert): AlertRule {
    const { title, figure: figureId, direction, fix, ...defaults } = own;
    const figure = find(figureId);
    // A part may come and go with what is installed: what is not there is not known.
    const unit = figure?.unit ?? (figureId.startsWith('component.') ? 'failed' : 'count');
    return {
      id,
      title,
      own: true,
      figure: figureId,
      measure: figure?.measure ?? 'what is not there now',
      unit,
      direction,
      defaults,
      fix,
      place: '#/health/alerts',
      read: () => find(figureId)?.read() ?? null,
      words: (value) =>
        unit === 'failed'
          ? `${figure?.title ?? title} fails.`
          : `${figure?.title ?? title}: ${valueText(unit, value)}, ${direction} ${valueText(unit, own.threshold)}.`,
    };
  }

  function keep(id: string, own: OwnAlert): void {
    database.run(
      'INSERT OR REPLACE INTO own_alerts (id, row, removed_at) VALUES (?, ?, NULL)',
      id,
      JSON.stringify(own),
    );
  }

  function refuseTooMany(): void {
    const { count = 0 } =
      database.get<{ count: number }>('SELECT count(*) AS count FROM own_alerts WHERE removed_at IS NULL') ?? {};
    if (count >= mostRules)
      throw new AppError('CONFLICT', `There are ${mostRules} rules already. Take one away that is not needed.`, {
        limit: mostRules,
      });
  }

  return {
    list: (): { id: string; own: OwnAlert }[] =>
      database
        .all<{ id: string; row: string }>('SELECT id, row FROM own_alerts WHERE removed_at IS NULL ORDER BY id')
        .map(({ id, row }) => ({ id, own: JSON.parse(row) as OwnAlert })),
    ruleOf,
    /** Makes one; `titles` are those that are taken. */
    add(given: OwnAlert, titles: Iterable<string>): { id: string; own: OwnAlert } {
      refuseTooMany();
      checkTitle(given.title, titles);
      const made = { id: newId('own'), own: check(given) };
      keep(made.id, made.own);
      return made;
    },
    change(id: string, own: OwnAlert, titles: Iterable<string>): OwnAlert {
      checkTitle(own.title, titles);
      const checked = check(own);
      keep(id, checked);
      return checked;
    },
    remove(id: string): void {
      database.run('UPDATE own_alerts SET removed_at = ? WHERE id = ?', now(), id);
    },
    /** Brings back one that was taken away. */
    restore(id: string, titles: Iterable<string>): OwnAlert {
      const row = database.get<{ row: string }>(
        'SELECT row FROM own_alerts WHERE id = ? AND removed_at IS NOT NULL',
        id,
      )?.row;
      if (row === undefined)
        throw new AppError('NOT_FOUND', 'That rule is not there any more: two weeks after it was removed it is gone.', {
          id,
        });
      refuseTooMany();
      const own = JSON.parse(row) as OwnAlert;
      checkTitle(own.title, titles);
      keep(id, own);
      return own;
    },
  };
}

function wrongThreshold(message: string): AppError {
  return new AppError('BAD_REQUEST', `threshold: ${message}`, { field: 'threshold' });
}
