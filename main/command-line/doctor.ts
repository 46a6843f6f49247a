import type { DoctorCheck } from '../../shared/health.ts';
import { readConfig } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { checkMachine } from '../orchestrator/index.ts';
import { askRunning } from './running.ts';

const marks: Record<DoctorCheck['state'], string> = {
  ok: 'ok     ',
  warning: 'warning',
  error: 'ERROR  ',
  'not-installed': 'missing',
};

/** `control-room doctor`: prints each check with its fix; exit code 1 when something needed is missing or broken. */
export async function doctor(flags: Flags): Promise<void> {
  const config = readConfig(flags, process.env);
  const running = await askRunning<{ checks: DoctorCheck[] }>({
    dataDir: config.dataDir,
    token: config.access.localToken?.token ?? null,
    path: '/api/doctor',
  });
  const checks =
    running?.checks ??
    (await checkMachine({ dataDir: config.dataDir, claudePath: config.claudePath, environment: process.env }));
  for (const { title, state, detail, fix } of checks) {
    process.stdout.write(`${marks[state]}  ${title}: ${detail}\n${fix && fix !== detail ? `         ${fix}\n` : ''}`);
  }
  const needed = new Set(['claude', 'git']);
  process.exitCode = checks.some(({ id, state }) => state === 'error' || (state === 'not-installed' && needed.has(id)))
    ? 1
    : 0;
}
