import type { Limits } from '../../shared/limits.ts';
import type { Role } from '../../shared/roles.ts';
import type { Settings } from '../../shared/settings.ts';
import type { PermissionMode, SpawnWorkerInput } from '../../shared/workers.ts';

/** What was chosen for one new worker; null leaves it to the role, and that to the settings. */
export interface Chosen {
  model: string | null;
  permissionMode: PermissionMode | null;
  allowedTools: readonly string[] | null;
  deniedTools: readonly string[] | null;
  allowNetwork: boolean | null;
  limits: Limits | null;
}

export const nothingChosen: Chosen = {
  model: null,
  permissionMode: null,
  allowedTools: null,
  deniedTools: null,
  allowNetwork: null,
  limits: null,
};

type Source = 'chosen' | 'role' | 'settings';
interface From<T> {
  value: T;
  source: Source;
}

/** What a new worker would get, and where each part comes from: what is chosen, else the role, else the settings. */
export function startOf(chosen: Chosen, role: Role | undefined, settings: Settings | undefined) {
  const from = <T>(own: T | null, ofRole: T | null | undefined, ofSettings: T): From<T> => {
    if (own !== null) return { value: own, source: 'chosen' };
    if (ofRole !== null && ofRole !== undefined) return { value: ofRole, source: 'role' };
    return { value: ofSettings, source: 'settings' };
  };
  const roleLimits = role && Object.keys(role.limits).length > 0 ? role.limits : null;
  return {
    model: from(chosen.model, role?.model, settings?.defaultModel ?? ''),
    permissionMode: from<PermissionMode>(chosen.permissionMode, role?.permissionMode, 'allowlist'),
    allowedTools: from<readonly string[]>(chosen.allowedTools, role?.allowedTools, settings?.allowedTools ?? []),
    deniedTools: from<readonly string[]>(chosen.deniedTools, role?.deniedTools, settings?.deniedTools ?? []),
    allowNetwork: from(chosen.allowNetwork, role?.allowNetwork, settings?.allowNetwork ?? false),
    limits: from<Limits>(
      chosen.limits,
      // The role's own limits over the settings', part by part, as the orchestrator has it.
      roleLimits && { ...settings?.defaultLimits, ...roleLimits },
      settings?.defaultLimits ?? {},
    ),
  };
}

/** The part of a spawn that was chosen; what was left alone is not sent, so that the role and the settings hold. */
export function chosenInput(chosen: Chosen): Partial<SpawnWorkerInput> {
  return {
    ...(chosen.model ? { model: chosen.model } : {}),
    ...(chosen.permissionMode ? { permissionMode: chosen.permissionMode } : {}),
    ...(chosen.allowedTools ? { allowedTools: [...chosen.allowedTools] } : {}),
    ...(chosen.deniedTools ? { deniedTools: [...chosen.deniedTools] } : {}),
    ...(chosen.allowNetwork === null ? {} : { allowNetwork: chosen.allowNetwork }),
    ...(chosen.limits ? { limits: chosen.limits } : {}),
  };
}

/** Where a part comes from, beside its field: "from the role", or nothing where it is the settings'. */
export function sourceWords(source: Source): string {
  return source === 'role' ? 'from the role' : source === 'settings' ? 'from the settings' : 'for this worker';
}
