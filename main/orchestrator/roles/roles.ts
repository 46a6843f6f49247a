import type * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { Role, saveRoleInput } from '../../../shared/roles.ts';
import { requireNotation } from '../claude/rule-notation.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { builtInRoles } from './built-in-roles.ts';

export type Roles = ReturnType<typeof createRoles>;

/** What kinds of workers there are: those that come with the program, as the user changed them, and the user's own. */
export function createRoles(deps: { database: Database; publish: Publish }) {
  const { database, publish } = deps;
  const builtIn = new Map(builtInRoles.map((role) => [role.name, role]));
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Role;

  /** Built-in roles first, in their own order, then the user's by name. */
  function list(): Role[] {
    const kept = new Map(
      database
        .all<{ row: string }>('SELECT row FROM roles ORDER BY name')
        .map(parse)
        .map((role) => [role.name, role]),
    );
    return [
      ...builtInRoles.map((role) => kept.get(role.name) ?? role),
      ...[...kept.values()].filter(({ name }) => !builtIn.has(name)),
    ];
  }

  function find(name: string): Role | undefined {
    const kept = database.get<{ row: string }>('SELECT row FROM roles WHERE name = ?', name);
    return kept ? parse(kept) : builtIn.get(name);
  }

  function get(name: string): Role {
    const role = find(name);
    if (!role) {
      throw new AppError(
        'NOT_FOUND',
        `There is no role "${name}". There are: ${list()
          .map((known) => known.name)
          .join(', ')}.`,
        { field: 'role', name },
      );
    }
    return role;
  }

  return {
    list,
    /** The role of that name; a name without one is refused with NOT_FOUND, naming those there are. */
    get,
    /** The role of that name, if there still is one: a worker's role may have been removed since. */
    find,
    save(input: z.output<typeof saveRoleInput>): Role {
      requireNotation({ allowedTools: input.allowedTools ?? [], deniedTools: input.deniedTools ?? [] });
      const original = builtIn.get(input.name);
      const role: Role = { ...input, builtIn: original !== undefined, changed: false };
      role.changed = original !== undefined && !sameRole(role, original);
      database.transaction(() => {
        if (role.builtIn && !role.changed) database.run('DELETE FROM roles WHERE name = ?', role.name);
        else {
          database.run(
            'INSERT INTO roles (name, row) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET row = excluded.row',
            role.name,
            JSON.stringify(role),
          );
        }
        publish({ type: 'role.changed', role });
      });
      return role;
    },
    /** Removes a role of the user's own; a built-in one is as it came again. */
    remove(name: string): { name: string; restored: Role | null } {
      get(name);
      const restored = builtIn.get(name) ?? null;
      database.transaction(() => {
        database.run('DELETE FROM roles WHERE name = ?', name);
        publish(restored ? { type: 'role.changed', role: restored } : { type: 'role.removed', name });
      });
      return { name, restored };
    },
  };
}

function sameRole(one: Role, other: Role): boolean {
  const essence = (role: Role) =>
    JSON.stringify([
      role.title,
      role.description,
      role.prompt,
      role.model,
      role.permissionMode,
      role.allowedTools,
      role.deniedTools,
      role.allowNetwork,
      role.limits.timeoutSeconds,
      role.limits.tokens,
      role.limits.costUsd,
      role.limits.onLimit,
    ]);
  return essence(one) === essence(other);
}
