import type * as z from 'zod';
import { type Role, roleNameSchema, type saveRoleInput } from '../../shared/roles.ts';
import type { PermissionMode } from '../../shared/workers.ts';
import { draftOf, type LimitDraft, limitsOf } from '../workers/limit-words.ts';

/** A role while it is edited. Null leaves a field to the settings. */
export interface RoleDraft {
  name: string;
  title: string;
  description: string;
  prompt: string;
  model: string;
  permissionMode: PermissionMode | null;
  allowedTools: readonly string[] | null;
  deniedTools: readonly string[] | null;
  allowNetwork: boolean | null;
  limits: LimitDraft;
}

/** A role as it stands in fields. */
export function draftOfRole(role: Role): RoleDraft {
  return {
    name: role.name,
    title: role.title,
    description: role.description,
    prompt: role.prompt,
    model: role.model ?? '',
    permissionMode: role.permissionMode,
    allowedTools: role.allowedTools,
    deniedTools: role.deniedTools,
    allowNetwork: role.allowNetwork,
    limits: draftOf(role.limits),
  };
}

export const emptyRoleDraft: RoleDraft = {
  name: '',
  title: '',
  description: '',
  prompt: '',
  model: '',
  permissionMode: null,
  allowedTools: null,
  deniedTools: null,
  allowNetwork: null,
  limits: draftOf({}),
};

/** A name that no role has yet: "reviewer-copy", "reviewer-copy-2". */
export function freeName(wanted: string, taken: readonly string[]): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (!taken.includes(name)) return name;
  }
}

/** A title as a role's name: small letters, digits and hyphens. */
export function nameOfTitle(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '');
}

/** What to save, or which field is wrong and why. */
export function roleInput(
  draft: RoleDraft,
  /** Names of the other roles. */
  others: readonly string[],
): { input: z.infer<typeof saveRoleInput> } | { field: keyof RoleDraft; problem: string } {
  if (!draft.title.trim()) return { field: 'title', problem: 'Give it a title.' };
  const name = draft.name.trim() || nameOfTitle(draft.title);
  if (!roleNameSchema.safeParse(name).success) {
    return { field: 'name', problem: 'A name has small letters, digits and “-” inside, at most 50.' };
  }
  if (others.includes(name)) return { field: 'name', problem: `There is a role ${name} already.` };
  const limits = limitsOf(draft.limits);
  if ('problem' in limits) return { field: 'limits', problem: limits.problem };
  return {
    input: {
      name,
      title: draft.title.trim(),
      description: draft.description.trim(),
      prompt: draft.prompt,
      model: draft.model.trim() || null,
      permissionMode: draft.permissionMode,
      allowedTools: draft.allowedTools ? [...draft.allowedTools] : null,
      deniedTools: draft.deniedTools ? [...draft.deniedTools] : null,
      allowNetwork: draft.allowNetwork,
      limits: limits.limits,
    },
  };
}

/** What a role sets, in a few words for a list. */
export function roleWords(role: Role, modeName: (mode: PermissionMode) => string): string[] {
  return [
    role.permissionMode ? modeName(role.permissionMode).toLowerCase() : null,
    role.model,
    role.allowedTools ? `${role.allowedTools.length} allowed` : null,
    role.deniedTools ? `${role.deniedTools.length} denied` : null,
    role.allowNetwork === null ? null : role.allowNetwork ? 'network' : 'no network',
  ].filter((word) => word !== null);
}
