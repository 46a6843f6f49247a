/** What a caller may do, each level including the ones before it. */
export const accessLevels = ['view', 'reply', 'approve', 'admin'] as const;
export type Access = (typeof accessLevels)[number];

/** Whether `granted` includes `needed`. */
export function allows(granted: Access, needed: Access): boolean {
  return accessLevels.indexOf(granted) >= accessLevels.indexOf(needed);
}

/** The verbs of a key's permissions, and the level each of them gives. */
const verbLevels: Record<string, Access> = {
  read: 'view',
  view: 'view',
  write: 'reply',
  reply: 'reply',
  approve: 'approve',
  admin: 'admin',
  '*': 'admin',
};

/** `verb:resource`, each of them or both "*": `read:*`, `write:sessions`, `approve:approvals`, `*`. */
export const permissionPattern = /^(\*|(read|view|write|reply|approve|admin|\*):(\*|[a-z][a-z-]{0,40}))$/;

/** The level of one permission. Files are changed by who may approve, and by a key whose permission names them. */
function levelOfOne(permission: string): { level: Access | undefined; on: string } {
  const [verb = '', on = '*'] = permission.split(':');
  return { level: verb === 'write' && on === 'files' ? 'approve' : verbLevels[verb], on };
}

/**
 * The level that permissions give on a resource, the first part of its routes after `/api/` ("sessions", "workers");
 * null for none. Verbs map to levels: read = view, write = reply (`write:files` = approve), approve, admin.
 */
export function levelOf(permissions: readonly string[], resource: string): Access | null {
  let best: Access | null = null;
  for (const permission of permissions) {
    const { level, on } = levelOfOne(permission);
    if (level && (on === '*' || on === resource) && (best === null || allows(level, best))) best = level;
  }
  return best;
}

/** The highest level that permissions give on anything; `view` for none. */
export function highestLevel(permissions: readonly string[]): Access {
  const levels = permissions.map((permission) => levelOfOne(permission).level ?? 'view');
  return levels.reduce<Access>((best, level) => (allows(level, best) ? level : best), 'view');
}

/** The resource of a route: `/api/sessions/{id}` is of "sessions". */
export function resourceOf(path: string): string {
  const [first = '', second = ''] = path.split('/').filter(Boolean);
  return first === 'api' ? second : second || first;
}
