import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../../shared/errors.ts';
import { type Settings, type SettingsView, settingsSchema } from '../../../shared/settings.ts';
import { requireNotation } from '../claude/rule-notation.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';

/** A value that a flag, a variable or the configuration file holds, and which one. */
export type LockedSettings = { [Name in keyof Settings]?: { value: Settings[Name]; by: string } };

export type SettingsFeature = ReturnType<typeof createSettings>;

/** What the user can change while it runs; a value that the start was given wins and cannot be changed here. */
export function createSettings(deps: {
  database: Database;
  publish: Publish;
  defaults: Settings;
  locked: LockedSettings;
}) {
  const { database, publish, defaults } = deps;
  let locked = deps.locked;

  function view(): SettingsView {
    const values: Record<string, unknown> = { ...defaults };
    for (const { name, value } of database.all<{ name: string; value: string }>('SELECT name, value FROM settings')) {
      const field = settingsSchema.shape[name as keyof Settings];
      const stored = field?.safeParse(JSON.parse(value));
      if (stored?.success) values[name] = stored.data;
    }
    const lockedBy: SettingsView['lockedBy'] = {};
    for (const [name, lock] of Object.entries(locked)) {
      values[name] = lock.value;
      lockedBy[name as keyof Settings] = lock.by;
    }
    return { values: values as Settings, lockedBy };
  }

  let current = view();

  return {
    get: () => current,
    values: () => current.values,
    /** Holds other values from now on, as when the configuration file changed. */
    hold(held: LockedSettings): void {
      locked = held;
      const next = view();
      if (isDeepStrictEqual(next, current)) return;
      database.transaction(() => {
        database.afterCommit(() => {
          current = next;
        });
        publish({ type: 'settings.changed', settings: next });
      });
    },
    update(changes: Partial<Settings>): SettingsView {
      for (const name of Object.keys(changes) as (keyof Settings)[]) {
        const by = current.lockedBy[name];
        if (by)
          throw new AppError('CONFLICT', `${name} is set by ${by}. Change it there and start again.`, { field: name });
      }
      requireNotation(changes);
      database.transaction(() => {
        for (const [name, value] of Object.entries(changes)) {
          if (value === undefined) continue;
          database.run(
            'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
            name,
            JSON.stringify(value),
          );
        }
        const next = view();
        database.afterCommit(() => {
          current = next;
        });
        publish({ type: 'settings.changed', settings: next });
      });
      return current;
    },
  };
}
