import type { ConfigProblem } from '../../shared/configuration.ts';
import { defaultSettings } from '../../shared/default-settings.ts';
import type { DoctorFinding } from '../../shared/doctor.ts';
import type { DoctorCheck } from '../../shared/health.ts';
import { type Config, readConfigAsFarAsItFits } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { readHolder } from '../orchestrator/database/data-folder.ts';
import { configurationCheck, createMachineDoctor } from '../orchestrator/index.ts';
import { askRunning } from './running.ts';

const marks: Record<DoctorFinding['state'], string> = {
  ok: 'ok     ',
  warning: 'warning',
  error: 'ERROR  ',
  'not-installed': 'missing',
};

/** What nothing works without. */
const needed = new Set(['claude', 'git']);

/**
 * `control-room doctor`: prints each finding as it is found, with its fix; exit code 1 when something needed is missing or
 * broken. Needs neither a running Control Room nor a folder that can be written. `--fix` mends what it can by itself.
 */
export async function doctor(flags: Flags & { json?: boolean; fix?: boolean }): Promise<void> {
  const { json = false, fix = false, ...given } = flags;
  const { config, problems } = readConfigAsFarAsItFits(given, process.env);
  const machine = machineDoctorOf(config, problems);
  if (fix) process.stderr.write(`${(await machine.fix('permissions')).done}\n`);
  const ended = new AbortController();
  process.once('SIGINT', () => ended.abort());
  const findings: DoctorFinding[] = [];
  for await (const progress of machine.run(ended.signal)) {
    if (progress.type !== 'found') continue;
    findings.push(progress.finding);
    if (!json) process.stdout.write(linesOf(progress.finding));
  }
  const isWell = !findings.some(({ id, state }) => state === 'error' || (state === 'not-installed' && needed.has(id)));
  if (json) process.stdout.write(`${JSON.stringify({ well: isWell, findings }, null, 2)}\n`);
  else {
    const count = findings.filter(({ state }) => state === 'error' || state === 'warning').length;
    process.stdout.write(`\n${count === 0 ? 'All well.' : `${count} to look at.`}\n`);
  }
  process.exitCode = isWell ? 0 : 1;
}

/** The doctor of this machine, for a configuration. */
export function machineDoctorOf(
  config: Config,
  problems: readonly ConfigProblem[],
): ReturnType<typeof createMachineDoctor> {
  const { listenHost, listenPort } = config.lockedSettings;
  const holder = readHolder(config.dataDir);
  return createMachineDoctor({
    ...config,
    environment: process.env,
    port: {
      host: listenHost?.value ?? defaultSettings.listenHost,
      port: listenPort?.value ?? defaultSettings.listenPort,
    },
    listening: () => holder ?? null,
    own: async () => {
      const configuration = configurationCheck(problems);
      const check = { id: 'running', title: 'Running Control Room' } as const;
      try {
        const answer = await askRunning<{ checks: DoctorCheck[] }>({
          dataDir: config.dataDir,
          token: config.access.localToken?.token ?? null,
          path: '/api/doctor',
        });
        const none: DoctorCheck = { ...check, state: 'ok', detail: `none on ${config.dataDir}`, fix: null };
        return { checks: [configuration, ...(answer?.checks ?? [none])] };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { checks: [configuration, { ...check, state: 'error', detail, fix: null }] };
      }
    },
  });
}

function linesOf({ title, state, detail, fix, actions }: DoctorFinding): string {
  const lines = [`${marks[state]}  ${title}: ${detail}`];
  if (fix && fix !== detail) lines.push(`         ${fix}`);
  for (const action of actions) if (action.kind === 'copy') lines.push(`         $ ${action.text}`);
  if (actions.some(({ kind }) => kind === 'fix')) lines.push('         $ control-room doctor --fix');
  return `${lines.join('\n')}\n`;
}
