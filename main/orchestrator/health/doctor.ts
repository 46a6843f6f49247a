import type { ConfigProblem } from '../../../shared/configuration.ts';
import type { DoctorFinding, DoctorFix } from '../../../shared/doctor.ts';
import type { DoctorCheck } from '../../../shared/health.ts';
import { closeToOthers, type HouseLooks, houseLooks } from './house-looks.ts';
import { type MachineLooks, machineLooks } from './machine-looks.ts';
import { type ProgramLooks, programLooks } from './program-looks.ts';
import { runChecks } from './run-checks.ts';

/** What the doctor says of what does not fit in the configuration. */
export function configurationCheck(problems: readonly Pick<ConfigProblem, 'severity' | 'message'>[]): DoctorCheck {
  const check = { id: 'configuration', title: 'Configuration' } as const;
  if (problems.length === 0) return { ...check, state: 'ok', detail: 'all of it fits', fix: null };
  return {
    ...check,
    state: problems.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
    detail: problems.map(({ message }) => message).join(' '),
    fix: 'Look at it with: control-room config validate',
  };
}

/** Everything that can be looked at, whether Control Room runs or not and whether its folder can be written or not. */
export function createDoctor(deps: {
  looks: ProgramLooks & HouseLooks & MachineLooks;
  /** What a running Control Room finds about itself; what is looked at here too is left out. */
  own?: () => Promise<{ checks: DoctorCheck[] }>;
  now: () => number;
}) {
  const { looks, now } = deps;
  const all = [...programLooks(looks), ...machineLooks(looks), ...houseLooks(looks)];
  // The sandbox and the disk are looked at here more closely, under names of their own.
  const known = new Set(['bwrap', 'server', ...all.map(({ id }) => id)]);

  async function own(): Promise<DoctorFinding[]> {
    const begunAt = now();
    const { checks } = (await deps.own?.()) ?? { checks: [] };
    return checks
      .filter(({ id }) => !known.has(id))
      .map((check) => ({ ...check, group: 'house', actions: [], tookMs: now() - begunAt }));
  }

  return {
    run: (signal: AbortSignal | undefined) => runChecks(all, { now, signal, further: own() }),
    async fix(fix: DoctorFix): Promise<{ done: string }> {
      switch (fix) {
        case 'permissions':
          return { done: await closeToOthers(looks.dataDir) };
      }
    },
  };
}
